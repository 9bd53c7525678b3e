package dev.secretproviders.admin.finding;

import dev.secretproviders.spi.ProviderId;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A condition that an operator should look at. It works but is risky, or a secret in use is missing.
 *
 * @param subjects the objects concerned: consumers, credentials, references, providers or routes
 * @param message what is wrong and how to fix it
 * @param providers the finding is shown to callers who may see all of these providers; empty if only unlimited callers
 *     may see it
 */
public record Finding(Kind kind, List<String> subjects, String message, Set<ProviderId> providers) {

    /** The kind of a finding. The API shows the names in lower case; they are stable. */
    public enum Kind {
        /** Several consumers have the same key. */
        SHARED_KEY,
        /** Several references stand for the same value. */
        SHARED_VALUE,
        SHORT_KEY,
        NOT_ROTATED,
        /** Requests pass without authentication while the runner cannot be reached. */
        DEGRADATION,
        /** A provider's budget is too small to confirm its secrets in time. */
        BUDGET,
        /** The manager says that the secret of a reference in use does not exist or was deleted. */
        MISSING_SECRET,
        /** A reference in use has no usable value, because the manager could not be asked for too long. */
        EXPIRED_SECRET,
        /** A reference in use stands for a version that was revoked. */
        REVOKED_SECRET,
        /** The manager has not answered for half of the time after which the value is refused. */
        SOON_STALE_SECRET,
        /** A reference in use cannot be resolved: its provider does not exist or does not understand its path. */
        BROKEN_REFERENCE,
        /** A consumer or credential was left out, or its keys cannot be decrypted. */
        CONSUMER_PROBLEM,
        /** One address, or one IPv6 network, tried many wrong keys. */
        MANY_WRONG_KEYS,
        /** One wrong key came from many addresses. */
        WRONG_KEY_FROM_MANY,
        /** A stored object has a reference that the configuration does not allow. */
        REFERENCE_NOT_ALLOWED,
        /** A stored object holds the mask in place of a secret. */
        LOST_SECRET,
        /** A provider reaches beyond what the configuration allows now. */
        PROVIDER_LIMITS;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
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
