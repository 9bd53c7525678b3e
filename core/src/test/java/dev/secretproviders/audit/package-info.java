/** Tests of the audit log. */
@NullMarked
package dev.secretproviders.audit;

import org.jspecify.annotations.NullMarked;
