/**
 * Key authentication: the immutable credential index that the request path reads, the configuration of a route, and the
 * decision for one request. Decides from memory alone: no I/O, no locks.
 */
@NullMarked
package dev.secretproviders.auth;

import org.jspecify.annotations.NullMarked;
