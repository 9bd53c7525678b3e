package dev.secretproviders.dashboard.consumer;

import dev.secretproviders.dashboard.page.Item;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a page says of all credentials of a consumer.
 *
 * @param kinds the plugins of its credentials, such as {@code key-auth}, without duplicates
 * @param total how many credentials it has
 * @param resolved how many of them may be used now
 * @param outside the validities of those that do not count now, such as {@code expired}, without duplicates
 * @param lastUsed when one of them was last used, or null
 * @param previousUses how often a previous version was used since the last rotation
 * @param previousLast when a previous version was last used, or null
 */
record Summary(
        String username,
        String customId,
        List<String> kinds,
        long total,
        long resolved,
        List<String> outside,
        @Nullable Instant lastUsed,
        long previousUses,
        @Nullable Instant previousLast) {
    static Summary of(Item consumer) {
        List<Item> credentials = consumer.items("credentials");
        return new Summary(
                consumer.text("username"),
                consumer.text("custom_id"),
                credentials.stream()
                        .map(one -> one.text("kind") + "-auth")
                        .distinct()
                        .sorted()
                        .toList(),
                credentials.size(),
                credentials.stream().filter(one -> one.flag("resolves")).count(),
                credentials.stream()
                        .map(one -> one.text("validity.state"))
                        .filter(state -> !state.equals("valid"))
                        .distinct()
                        .sorted()
                        .toList(),
                latest(credentials, "last_used_at"),
                credentials.stream()
                        .mapToLong(one -> one.whole("previous_version_uses"))
                        .sum(),
                latest(credentials, "previous_version_last_used_at"));
    }

    private static @Nullable Instant latest(List<Item> credentials, String field) {
        return credentials.stream()
                .map(one -> one.time(field))
                .filter(Objects::nonNull)
                .max(Instant::compareTo)
                .orElse(null);
    }

    /** Returns the state of its credentials as a word. */
    public String state() {
        return total == 0 ? "no_credential" : resolved == total ? "resolved" : "unresolved";
    }
}
