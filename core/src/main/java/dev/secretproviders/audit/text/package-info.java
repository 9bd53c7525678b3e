/** How records of the audit log are written: signed, masked, and as CSV. This package knows no record. */
@NullMarked
package dev.secretproviders.audit.text;

import org.jspecify.annotations.NullMarked;
