package dev.secretproviders.admin.finding;

import dev.secretproviders.spi.ProviderId;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A condition that an operator should look at. It works but is risky, or a secret in use is missing.
 *
 * @param subjects the objects concerned: consumers, credentials, references, providers or routes
 * @param message what is wrong; {@link Kind#remedy} says what to do
 * @param providers the finding is shown to callers who may see all of these providers; empty if only unlimited callers
 *     may see it
 */
public record Finding(Kind kind, List<String> subjects, String message, Set<ProviderId> providers) {

    /** The kind of a finding. The API shows the names in lower case; they are stable. */
    public enum Kind {
        /** Several consumers have the same key. */
        SHARED_KEY(
                Urgency.CRITICAL, "Give each consumer a key of its own. The runner refuses the key until they differ."),
        /** Several references stand for the same value. */
        SHARED_VALUE(
                Urgency.NOTICE,
                "Give each secret a value of its own, or let all consumers refer to one of the secrets."),
        SHORT_KEY(
                Urgency.WARNING,
                "Write a random key of 32 characters or more. For local secrets, generate a new version."),
        NOT_ROTATED(
                Urgency.NOTICE,
                "Write a new version of the secret at its manager. Clients may use both versions during the overlap."),
        /** Requests pass without authentication while the runner cannot be reached. */
        DEGRADATION(Urgency.CRITICAL, "Set allow_degradation to false in the gateway's object."),
        /** A provider's budget is too small to confirm its secrets in time. */
        BUDGET(Urgency.WARNING, "Raise budget.fetches_per_minute or cache.stale_ttl of the provider."),
        /** The manager says that the secret of a reference in use does not exist or was deleted. */
        MISSING_SECRET(
                Urgency.CRITICAL,
                "Write the secret at its manager, or correct the reference in the consumer. Then refresh the reference."),
        /** A reference in use has no usable value, because the manager could not be asked for too long. */
        EXPIRED_SECRET(
                Urgency.CRITICAL,
                "Test the provider: the test names the step that fails. Then make its manager reachable."),
        /** A reference in use stands for a version that was revoked. */
        REVOKED_SECRET(
                Urgency.CRITICAL,
                "Write a new version of the secret at its manager. If the revocation was a mistake, withdraw it."),
        /** The manager has not answered for half of the time after which the value is refused. */
        SOON_STALE_SECRET(
                Urgency.WARNING,
                "Test the provider: the test names the step that fails. Then make its manager reachable."),
        /** A reference in use cannot be resolved: its provider does not exist or does not understand its path. */
        BROKEN_REFERENCE(Urgency.CRITICAL, "Create the provider, or correct the reference in the consumer."),
        /** A consumer or credential was left out, or its keys cannot be decrypted. */
        CONSUMER_PROBLEM(Urgency.CRITICAL, "Correct the object in the gateway's configuration."),
        /** One address, or one IPv6 network, tried many wrong keys. */
        MANY_WRONG_KEYS(
                Urgency.WARNING, "Limit the address in the gateway, with the plugins limit-req or ip-restriction."),
        /** One wrong key came from many addresses. */
        WRONG_KEY_FROM_MANY(
                Urgency.WARNING,
                "Find out whose key it was. If it was rotated or deleted, give its clients the new key."),
        /** A stored object has a reference that the configuration does not allow. */
        REFERENCE_NOT_ALLOWED(
                Urgency.WARNING,
                "Add the reference to providers.references.allow, or write another credential into the provider."),
        /** A stored object holds the mask in place of a secret. */
        LOST_SECRET(Urgency.CRITICAL, "Write the value into the provider again."),
        /** A provider reaches beyond what the configuration allows now. */
        PROVIDER_LIMITS(Urgency.WARNING, "Change the field of the provider, or allow it in the configuration.");

        private final Urgency urgency;
        private final String remedy;

        Kind(Urgency urgency, String remedy) {
            this.urgency = urgency;
            this.remedy = remedy;
        }

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Returns how soon an operator should act on it. */
        public Urgency urgency() {
            return urgency;
        }

        /** Returns what an operator can do about it, in one or two sentences. */
        public String remedy() {
            return remedy;
        }
    }

    /**
     * What stays the same about a finding while its message and its other subjects change.
     *
     * @param detail tells findings of one kind and subject apart; empty if there is one at most
     */
    record Identity(Kind kind, String subject, String detail) {}

    Identity identity() {
        String subject = subjects.isEmpty() ? "" : subjects.getFirst();
        return switch (kind) {
            // There may be one for each field or problem of an object.
            case CONSUMER_PROBLEM, REFERENCE_NOT_ALLOWED, LOST_SECRET, PROVIDER_LIMITS ->
                new Identity(kind, subject, message);
            case SHARED_KEY,
                    SHARED_VALUE,
                    SHORT_KEY,
                    NOT_ROTATED,
                    DEGRADATION,
                    BUDGET,
                    MISSING_SECRET,
                    EXPIRED_SECRET,
                    REVOKED_SECRET,
                    SOON_STALE_SECRET,
                    BROKEN_REFERENCE,
                    MANY_WRONG_KEYS,
                    WRONG_KEY_FROM_MANY -> new Identity(kind, subject, "");
        };
    }

    public Finding {
        subjects = List.copyOf(subjects);
        providers = Set.copyOf(providers);
    }

    /** Creates a finding that only unlimited callers may see. */
    Finding(Kind kind, List<String> subjects, String message) {
        this(kind, subjects, message, Set.of());
    }
}
