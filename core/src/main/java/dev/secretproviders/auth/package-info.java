/**
 * Key authentication: the credential index that the request path reads, the configuration of a route, the decision for one
 * request, the verdict on a key for one who remembers it, and the changes that end verdicts. Decides from memory alone: no I/O,
 * no locks.
 */
@NullMarked
package dev.secretproviders.auth;

import org.jspecify.annotations.NullMarked;
