package dev.secretproviders.auth;

import java.time.Instant;

/**
 * How a credential was used with versions of its key before the current one: somebody has not taken over the new key.
 *
 * @param count how many times since this runner started
 * @param last when last, to a second
 */
public record PreviousUses(long count, Instant last) {}
