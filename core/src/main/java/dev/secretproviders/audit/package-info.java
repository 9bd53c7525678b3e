/**
 * The audit log: who changed what, when, from where and with what result. Records form a chain by HMAC, are written in the
 * transaction of the change that they record, and are verified, queried, exported and retired here.
 */
@NullMarked
package dev.secretproviders.audit;

import org.jspecify.annotations.NullMarked;
