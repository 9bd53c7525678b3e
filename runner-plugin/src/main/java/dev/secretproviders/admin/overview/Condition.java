package dev.secretproviders.admin.overview;

import dev.secretproviders.admin.finding.Urgency;
import dev.secretproviders.spi.ProviderId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that is not well now and that is not a finding: a part that does not answer. Immutable; holds no secret.
 *
 * @param kind a stable name, such as {@code provider_away}
 * @param subject the object concerned
 * @param what what is wrong
 * @param remedy what to do
 * @param since since when, or null if only the time of the first look is known
 * @param provider the provider concerned; null for the runner as a whole, which only unlimited callers see
 */
record Condition(
        Kind kind,
        String subject,
        String what,
        String remedy,
        @Nullable Instant since,
        @Nullable ProviderId provider) {

    /** The kind of a condition. The API shows the names in lower case; they are stable. */
    enum Kind {
        /** A secret manager does not answer, or rejects the provider's credential. */
        PROVIDER_AWAY(Urgency.WARNING),
        /** The consumers are not known, so that every key gets 503. */
        CONSUMERS_UNKNOWN(Urgency.CRITICAL),
        /** The source of consumers does not answer. */
        SOURCE_AWAY(Urgency.WARNING),
        /** The store cannot be used. */
        STORE_PROBLEM(Urgency.WARNING),
        /** A runner that shares the store gives no signs of life. */
        RUNNER_SILENT(Urgency.WARNING),
        /** A runner does not hear of changes in the store. */
        RUNNER_BEHIND(Urgency.WARNING),
        /** The companion gets no events. */
        EVENTS_PROBLEM(Urgency.WARNING),
        /** The runner could not start while a manager is away. */
        LAST_KNOWN_GOOD_PROBLEM(Urgency.NOTICE);

        private final Urgency urgency;

        Kind(Urgency urgency) {
            this.urgency = urgency;
        }

        Urgency urgency() {
            return urgency;
        }
    }

    /** Returns this condition with the time since when it is there. */
    Condition since(Instant time) {
        return new Condition(kind, subject, what, remedy, time, provider);
    }
}
