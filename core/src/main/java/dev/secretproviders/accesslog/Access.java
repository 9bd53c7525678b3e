package dev.secretproviders.accesslog;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * What the access log counts together within an hour of one runner. Immutable; never holds a value.
 *
 * @param provider the provider as {@code manager/id}; empty for what concerns no secret
 * @param path the secret's name at the provider; empty for what concerns no secret
 * @param outcome the result of a fetch in lower case, such as {@code found}; or {@link #USED}, {@link #USED_PREVIOUS},
 *     {@link #DROPPED} or {@link #UNREADABLE}
 * @param version the manager's name of the version that a fetch reported, or null
 * @param consumer the name of the consumer that used the secret, or null for a fetch
 * @param credential the id of its credential, or null for a fetch or the consumer's inline credential
 */
public record Access(
        String provider,
        String path,
        String outcome,
        @Nullable String version,
        @Nullable String consumer,
        @Nullable String credential)
        implements Comparable<Access> {
    /** A credential was accepted with the current version of the secret. */
    public static final String USED = "used";

    /** A credential was accepted with a version before the current one. */
    public static final String USED_PREVIOUS = "used_previous";

    /** Events of the hour that were not counted by secret, because a limit was reached. */
    public static final String DROPPED = "dropped";

    /** The counts of the hour cannot be read. */
    public static final String UNREADABLE = "unreadable";

    private static final Comparator<@Nullable String> NULL_FIRST = Comparator.nullsFirst(Comparator.naturalOrder());
    private static final Comparator<Access> ORDER = Comparator.comparing(Access::provider)
            .thenComparing(Access::path)
            .thenComparing(Access::consumer, NULL_FIRST)
            .thenComparing(Access::credential, NULL_FIRST)
            .thenComparing(Access::outcome)
            .thenComparing(Access::version, NULL_FIRST);

    static Access fetch(String provider, String path, String outcome, @Nullable String version) {
        return new Access(provider, path, outcome, version, null, null);
    }

    /** Returns what concerns an hour as a whole. */
    static Access hour(String outcome) {
        return new Access("", "", outcome, null, null, null);
    }

    /** Returns whether it concerns a secret, not an hour as a whole. */
    public boolean ofSecret() {
        return !provider.isEmpty();
    }

    /** Orders by secret, then consumer, then outcome. */
    @Override
    public int compareTo(Access other) {
        return ORDER.compare(this, other);
    }
}
