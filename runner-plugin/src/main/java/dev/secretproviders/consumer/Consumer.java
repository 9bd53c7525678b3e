package dev.secretproviders.consumer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An APISIX consumer, as far as key authentication needs it.
 *
 * @param username the consumer's name
 * @param customId the label {@code custom_id}, or null
 * @param credentials its key-auth credentials, the inline one first; empty if it has none (such a consumer can still be a
 *     route's anonymous consumer)
 */
public record Consumer(String username, @Nullable String customId, List<Credential> credentials) {
    public Consumer {
        credentials = List.copyOf(credentials);
    }
}
