/** Certificates of the gateway: their objects in the store, checks, and what writes them to APISIX. */
@NullMarked
package dev.secretproviders.certificate;

import org.jspecify.annotations.NullMarked;
