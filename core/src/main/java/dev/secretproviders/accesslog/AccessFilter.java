package dev.secretproviders.accesslog;

import java.time.Instant;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Selects entries of the access log. A null component selects all. Immutable.
 *
 * @param from the start of the time span; the hour that contains it is included
 * @param to the end of the time span, exclusive
 * @param provider a provider as {@code manager/id}
 * @param path the name of a secret; with {@code *} at the end, all secrets with this prefix
 * @param consumer the name of a consumer
 * @param runner the name of a runner
 * @param outcome an outcome
 * @param visible says of a provider whether the reader may see its entries; of an empty text whether the reader may see
 *     entries about hours as a whole
 */
public record AccessFilter(
        @Nullable Instant from,
        @Nullable Instant to,
        @Nullable String provider,
        @Nullable String path,
        @Nullable String consumer,
        @Nullable String runner,
        @Nullable String outcome,
        Predicate<String> visible) {
    /** Returns the filter that selects everything. */
    public static AccessFilter all() {
        return new AccessFilter(null, null, null, null, null, null, null, _ -> true);
    }

    boolean matches(Access access) {
        return matchesProvider(access.provider())
                && matchesPath(access.path())
                && matchesOutcome(access.outcome())
                && (consumer == null || consumer.equals(access.consumer()));
    }

    boolean matchesProvider(String text) {
        return (provider == null || provider.equals(text)) && visible.test(text);
    }

    boolean matchesPath(String text) {
        return path == null
                || (path.endsWith("*") ? text.startsWith(path.substring(0, path.length() - 1)) : text.equals(path));
    }

    boolean matchesOutcome(String text) {
        return outcome == null || outcome.equals(text);
    }

    /** Returns the first key of the time span. */
    String first() {
        return from == null ? HourKey.PREFIX : HourKey.beginning(HourKey.hourOf(from));
    }

    /** Returns the end of the keys of the time span, exclusive. */
    String end() {
        if (to == null) {
            return HourKey.END;
        }
        Instant hour = HourKey.hourOf(to);
        // An hour that begins at the end is not part of the span.
        return HourKey.beginning(hour) + (hour.equals(to) ? "" : "0");
    }
}
