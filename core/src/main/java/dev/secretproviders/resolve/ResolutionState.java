package dev.secretproviders.resolve;

/** Where a reference stands in the life of a resolved secret. */
public enum ResolutionState {
    /** Asked for, and no answer yet; or the manager could never be asked. */
    LOADING(false),
    /** Verified less than {@code cache.ttl} ago. */
    FRESH(true),
    /** Served from memory while a background refresh runs. */
    REFRESHING(true),
    /** Older than {@code cache.ttl}, because the last refresh failed; served until {@code cache.stale_ttl}. */
    STALE(true),
    /** Older than {@code cache.stale_ttl}: refused. */
    EXPIRED(false),
    /** The manager says that there is no such secret, or that it was deleted. Refused; asked again after {@code cache.negative_ttl}. */
    NEGATIVE(false),
    /** Refused until the configuration changes: the provider is not defined, or the path means nothing to it. */
    INVALID(false);

    private final boolean usable;

    ResolutionState(boolean usable) {
        this.usable = usable;
    }

    /** Returns whether there is a value that may be used. */
    public boolean usable() {
        return usable;
    }

    /** Returns whether nothing is known for now, though the secret may well exist: neither a yes nor a no. */
    public boolean undecided() {
        return this == LOADING || this == EXPIRED;
    }
}
