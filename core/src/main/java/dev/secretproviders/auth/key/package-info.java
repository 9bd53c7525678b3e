/** Authentication by API key, as APISIX's own {@code key-auth}: of requests, and of keys alone for the companion. */
@NullMarked
package dev.secretproviders.auth.key;

import org.jspecify.annotations.NullMarked;
