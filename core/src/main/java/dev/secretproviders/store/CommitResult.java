package dev.secretproviders.store;

import java.util.Set;

/** How a transaction ended. */
public sealed interface CommitResult {

    /**
     * The changes were made.
     *
     * @param revision the store's revision after the transaction
     */
    record Committed(long revision) implements CommitResult {}

    /**
     * Nothing was changed, because another writer had changed an entry before.
     *
     * @param keys the keys whose conditions did not hold
     */
    record Conflict(Set<String> keys) implements CommitResult {}
}
