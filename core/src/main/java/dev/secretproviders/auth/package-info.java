/**
 * Key authentication: the credential index that the request path reads, the configuration of a route, the decision
 * about one request, the verdict on a key that callers remember, and the changes that end verdicts. Decisions need no
 * I/O and no locks.
 */
@NullMarked
package dev.secretproviders.auth;

import org.jspecify.annotations.NullMarked;
