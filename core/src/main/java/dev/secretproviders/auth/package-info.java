/**
 * Key authentication: the credential index that the request path reads, a route's configuration, decisions about
 * requests, verdicts on keys, and the changes that end verdicts. Decisions need no I/O and no locks.
 */
@NullMarked
package dev.secretproviders.auth;

import org.jspecify.annotations.NullMarked;
