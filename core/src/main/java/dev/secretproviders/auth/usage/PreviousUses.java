package dev.secretproviders.auth.usage;

import java.time.Instant;

/**
 * The uses of a credential with versions of its key before the current one. They show that a client has not switched to
 * the new key.
 *
 * @param count the number of uses since this runner started
 * @param last the time of the last use, to the second
 */
public record PreviousUses(long count, Instant last) {}
