/**
 * Authentication by signed requests, as APISIX's {@code hmac-auth}: the header that holds a signature, what it signs,
 * prepared keys, and signatures that count once.
 */
@NullMarked
package dev.secretproviders.auth.hmac;

import org.jspecify.annotations.NullMarked;
