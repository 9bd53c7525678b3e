/**
 * Authentication: the credential index that the request path reads, decisions about requests, verdicts on credentials,
 * and the changes that end verdicts. Decisions need no I/O and no locks.
 */
@NullMarked
package dev.secretproviders.auth;

import org.jspecify.annotations.NullMarked;
