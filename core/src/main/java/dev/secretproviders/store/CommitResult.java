package dev.secretproviders.store;

import java.util.Set;

/** How a transaction ended. */
public sealed interface CommitResult {

    /**
     * It was made.
     *
     * @param revision the store's revision that it brought
     */
    record Committed(long revision) implements CommitResult {}

    /**
     * Nothing was changed, because somebody else had changed something before.
     *
     * @param keys the keys whose conditions did not hold
     */
    record Conflict(Set<String> keys) implements CommitResult {}
}
