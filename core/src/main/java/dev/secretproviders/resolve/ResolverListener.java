package dev.secretproviders.resolve;

import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.Set;

/**
 * Told of what happens in the life of resolved secrets: the one source of metrics and logs about it. Methods are called on the
 * resolver's threads and return soon; they never get a secret.
 */
public interface ResolverListener {

    /** What came of asking for one secret. */
    enum FetchOutcome {
        FOUND,
        /** The value was read, and is the one known. */
        UNCHANGED,
        /** The manager told the version without the value, and it is the one known. */
        CHECKED,
        MISSING,
        GONE,
        UNAVAILABLE,
        TIMEOUT,
        AUTHENTICATION,
        PERMISSION,
        THROTTLED,
        INVALID_ANSWER,
        CONFIGURATION;

        static FetchOutcome of(FetchResult result) {
            return switch (result) {
                case FetchResult.Found _ -> FOUND;
                case FetchResult.Unchanged unchanged -> unchanged.valueRead() ? UNCHANGED : CHECKED;
                case FetchResult.Missing _ -> MISSING;
                case FetchResult.Gone _ -> GONE;
                case FetchResult.Failed failed -> valueOf(failed.cause().kind().name());
            };
        }
    }

    /**
     * The values behind these references changed, appeared or ceased to be usable: an index built from them is out of date.
     *
     * @param references empty if a provider was put in force, replaced or removed ({@link Resolver#generation})
     */
    default void changed(Set<SecretReference> references) {}

    /**
     * A provider was asked.
     *
     * @param took how long one call took
     */
    default void asked(ProviderId provider, Duration took) {}

    /** One secret was asked for, with this outcome. */
    default void fetched(ProviderId provider, String path, FetchOutcome outcome) {}

    /** The manager says that a secret is not there, or gone, of which there was a value until now; it is denied already. */
    default void denied(ProviderId provider, String path) {}

    /** A secret's value changed behind its unchanged path. */
    default void rotated(ProviderId provider, String path, String fromVersion, String toVersion) {}

    /**
     * A provider stopped or began again to answer. Told once more while it does not, when it is from now on the provider's own
     * credential that is not accepted, or no longer is.
     *
     * @param detail what it said, free of secrets; begins with the kind of the failure
     */
    default void availability(ProviderId provider, boolean answers, String detail) {}

    /** The budget of a provider ceased, or began again, to suffice for all of its secrets. */
    default void budget(ProviderId provider, ProviderStatus.Budget budget) {}
}
