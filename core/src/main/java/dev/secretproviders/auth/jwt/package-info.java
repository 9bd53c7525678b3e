/**
 * JSON web tokens as credentials: the configuration of {@code secret-jwt-auth}, tokens in compact form (RFC 7515), keys
 * prepared for verification (RFC 7517, RFC 7518, RFC 8037), and the rules for {@code exp} and {@code nbf}. Signatures are
 * verified by the Java runtime.
 */
@NullMarked
package dev.secretproviders.auth.jwt;

import org.jspecify.annotations.NullMarked;
