package dev.secretproviders.provider.local;

import dev.secretproviders.audit.Actor;
import org.jspecify.annotations.Nullable;

/**
 * Who changes a secret, and if.
 *
 * @param actor who
 * @param requestId the request that asked for it, or null
 * @param expectedRevision the revision that the secret must have, 0 if it must not be there, null for any
 */
public record Change(
        Actor actor, @Nullable String requestId, @Nullable Long expectedRevision) {}
