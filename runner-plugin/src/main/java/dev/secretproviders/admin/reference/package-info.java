/**
 * References, consumers and credentials as the Admin API shows them, refresh, and the events of secret managers.
 */
@NullMarked
package dev.secretproviders.admin.reference;

import org.jspecify.annotations.NullMarked;
