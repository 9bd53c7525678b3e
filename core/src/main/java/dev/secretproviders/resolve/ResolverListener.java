package dev.secretproviders.resolve;

import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.timing.LogIns.LogIn;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Receives the events of resolved secrets: the one source of their metrics and logs. Methods are called on the
 * resolver's threads and must return soon. They never receive a secret.
 */
public interface ResolverListener {

    /** The result of fetching one secret. */
    enum FetchOutcome {
        FOUND,
        /** The value was read and equals the known one. */
        UNCHANGED,
        /** The manager reported the version without the value, and it is the known one. */
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

        /** Returns whether the manager gave no answer about the secret. */
        public boolean failed() {
            return switch (this) {
                case FOUND, UNCHANGED, CHECKED, MISSING, GONE -> false;
                case UNAVAILABLE, TIMEOUT, AUTHENTICATION, PERMISSION, THROTTLED, INVALID_ANSWER, CONFIGURATION -> true;
            };
        }

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
     * One call of a provider, and what it led to. It has no secret and no path of a secret. Immutable.
     *
     * @param began when it began
     * @param took how long it took; for a call that was abandoned, until then
     * @param outcomes how many secrets had which outcome
     * @param rotations how many secrets have a new value
     * @param changed whether usable values changed
     * @param logIns the log-ins that the provider noted
     */
    record ProviderCall(
            ProviderId provider,
            Instant began,
            Duration took,
            Map<FetchOutcome, Integer> outcomes,
            int rotations,
            boolean changed,
            List<LogIn> logIns) {
        public ProviderCall {
            outcomes = Map.copyOf(outcomes);
            logIns = List.copyOf(logIns);
        }
    }

    /**
     * The values of these references changed, appeared or became unusable: an index built from them is out of date.
     *
     * @param references empty if a provider was put in force, replaced or removed ({@link Resolver#generation})
     */
    default void changed(Set<SecretReference> references) {}

    /**
     * A provider was called.
     *
     * @param took how long the call took
     */
    default void asked(ProviderId provider, Duration took) {}

    /**
     * One secret was fetched, with this outcome.
     *
     * @param version the manager's name of the version that the manager reported; null if it reported none, or it has
     *     no name that is the same on every runner
     */
    default void fetched(ProviderId provider, String path, FetchOutcome outcome, @Nullable String version) {}

    /** A call of a provider ended, or was abandoned, and its answers were taken over. */
    default void called(ProviderCall call) {}

    /** The manager says that a known secret does not exist or was deleted; it is denied already. */
    default void denied(ProviderId provider, String path) {}

    /** A secret's value changed under an unchanged path. */
    default void rotated(ProviderId provider, String path, String fromVersion, String toVersion) {}

    /**
     * A provider stopped answering, or answers again. During a failure this is also called when the provider starts or
     * stops rejecting the runner's credential.
     *
     * @param detail the error, without secrets; begins with the kind of the failure
     */
    default void availability(ProviderId provider, boolean answers, String detail) {}

    /** The budget of a provider became insufficient, or again sufficient, for all its secrets. */
    default void budget(ProviderId provider, ProviderStatus.Budget budget) {}
}
