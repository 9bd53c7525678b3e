package dev.secretproviders.audit;

import org.jspecify.annotations.Nullable;

/**
 * The origin of an event: the caller and how it reached the runner.
 *
 * @param tokenId the id of the token that was used, or null for the runner itself, a signal, and a caller without a
 *     valid token
 * @param name the token's name, {@code runner}, {@code SIGHUP}, or {@code anonymous}
 * @param source how the call arrived: {@code api}, {@code dashboard}, {@code events}, {@code command}, {@code signal} or
 *     {@code runner}
 * @param address the client's network address, or null
 */
public record Actor(
        @Nullable String tokenId,
        String name,
        String source,
        @Nullable String address) {
    /** The runner itself. */
    public static final Actor RUNNER = new Actor(null, "runner", "runner", null);
}
