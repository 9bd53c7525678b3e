package dev.secretproviders.resolve;

import java.util.Locale;

/** Where a reference stands in the life of a resolved secret. */
public enum ResolutionState {
    /** No answer has arrived yet, or every attempt failed. */
    LOADING(false),
    /** Verified less than {@code cache.ttl} ago. */
    FRESH(true),
    /** Served from memory while a background refresh runs. */
    REFRESHING(true),
    /** Older than {@code cache.ttl}, because the last refresh failed; served until {@code cache.stale_ttl}. */
    STALE(true),
    /** Older than {@code cache.stale_ttl}: refused. */
    EXPIRED(false),
    /**
     * The manager says that the secret does not exist or was deleted. Refused; fetched again after {@code
     * cache.negative_ttl}.
     */
    NEGATIVE(false),
    /** Refused until the configuration changes: the provider is not defined, or the path is not valid for it. */
    INVALID(false);

    private final boolean usable;
    private final String text = name().toLowerCase(Locale.ROOT);

    ResolutionState(boolean usable) {
        this.usable = usable;
    }

    /** Returns its name in lower case, as answers have it. */
    public String text() {
        return text;
    }

    /** Returns whether there is a value that may be used. */
    public boolean usable() {
        return usable;
    }

    /**
     * Returns whether nothing is known now although the secret may exist, so that a key is neither accepted nor
     * refused.
     */
    public boolean undecided() {
        return this == LOADING || this == EXPIRED;
    }
}
