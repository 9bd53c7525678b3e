package dev.secretproviders.consumer;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An APISIX consumer, as far as key authentication needs it.
 *
 * @param username the consumer's name
 * @param customId the label {@code custom_id}, or null
 * @param groupId the consumer group that it belongs to, or null
 * @param labels its labels, {@code custom_id} among them
 * @param credentials its key-auth credentials, the inline one first; empty if it has none (such a consumer can still be a
 *     route's anonymous consumer)
 */
public record Consumer(
        String username,
        @Nullable String customId,
        @Nullable String groupId,
        Map<String, String> labels,
        List<Credential> credentials) {
    /** The label whose value goes to the upstream as {@code X-Consumer-Custom-ID}. */
    static final String CUSTOM_ID = "custom_id";

    public Consumer {
        labels = Map.copyOf(labels);
        credentials = List.copyOf(credentials);
    }

    /** A consumer without a group. */
    public Consumer(
            String username, @Nullable String customId, Map<String, String> labels, List<Credential> credentials) {
        this(username, customId, null, labels, credentials);
    }

    /** A consumer without a group and without labels other than {@code custom_id}. */
    public Consumer(String username, @Nullable String customId, List<Credential> credentials) {
        this(username, customId, null, customId == null ? Map.of() : Map.of(CUSTOM_ID, customId), credentials);
    }
}
