/** Certificates of the gateway in the Admin API. */
@NullMarked
package dev.secretproviders.admin.certificate;

import org.jspecify.annotations.NullMarked;
