/**
 * Revocations of versions of a secret.
 */
@NullMarked
package dev.secretproviders.admin.revocation;

import org.jspecify.annotations.NullMarked;
