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
        return matches(provider, access.provider())
                && (path == null || matchesPath(path, access.path()))
                && matches(consumer, access.consumer())
                && matches(outcome, access.outcome())
                && visible.test(access.provider());
    }

    private static boolean matches(@Nullable String wanted, @Nullable String text) {
        return wanted == null || wanted.equals(text);
    }

    private static boolean matchesPath(String wanted, String path) {
        return wanted.endsWith("*") ? path.startsWith(wanted.substring(0, wanted.length() - 1)) : path.equals(wanted);
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
