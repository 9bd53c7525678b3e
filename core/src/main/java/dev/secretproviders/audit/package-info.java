/**
 * The audit log: who changed what, when, from where and with what result. Records form a chain by HMAC, and are written
 * in the transaction of the change that they record. This package also verifies, queries, exports and retires them.
 */
@NullMarked
package dev.secretproviders.audit;

import org.jspecify.annotations.NullMarked;
