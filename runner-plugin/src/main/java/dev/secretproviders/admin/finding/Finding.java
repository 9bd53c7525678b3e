package dev.secretproviders.admin.finding;

import dev.secretproviders.spi.ProviderId;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Something that works, but should not be as it is, or a secret in use that is not there.
 *
 * @param subjects what it is about: consumers, credentials, references, providers or routes
 * @param message what is wrong, and what to do
 * @param providers a caller who may see all of these providers may see the finding; empty if it is for callers who may see everything
 */
public record Finding(Kind kind, List<String> subjects, String message, Set<ProviderId> providers) {

    /** What kind of finding it is; stable names, in lower case. */
    public enum Kind {
        /** Consumers have the same key. */
        SHARED_KEY,
        /** The same value stands behind several references. */
        SHARED_VALUE,
        SHORT_KEY,
        NOT_ROTATED,
        /** Requests pass without authentication while the runner is away. */
        DEGRADATION,
        /** A provider may not be asked often enough. */
        BUDGET,
        /** A reference in use stands for nothing: the manager says that there is no such secret, or that it was deleted. */
        MISSING_SECRET,
        /** A reference in use has no value that may be used, since the manager could not be asked for too long. */
        EXPIRED_SECRET,
        /** A reference in use stands for a version that was revoked. */
        REVOKED_SECRET,
        /** The manager could not be asked for half of the time after which the value is refused. */
        SOON_STALE_SECRET,
        /** A reference in use cannot mean anything: there is no such provider, or its path means nothing to it. */
        BROKEN_REFERENCE,
        /** A consumer or credential was left out, or its keys do not decrypt. */
        CONSUMER_PROBLEM,
        /** One address, or one network of IPv6, tried many wrong keys. */
        MANY_WRONG_KEYS,
        /** One wrong key came from many addresses. */
        WRONG_KEY_FROM_MANY,
        /** A stored object refers to what the configuration does not allow. */
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

    /** A finding for callers who may see everything. */
    Finding(Kind kind, List<String> subjects, String message) {
        this(kind, subjects, message, Set.of());
    }
}
