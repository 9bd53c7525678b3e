package dev.secretproviders.store;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The version of the store's layout, kept in the store itself under {@code meta/schema}. A store of an earlier version
 * is migrated in atomic steps. A store of a later version is left unchanged.
 */
public final class StoreSchema {
    static final String KEY = "meta/schema";

    /**
     * The step at index {@code i} migrates version {@code i + 1} to {@code i + 2}. The second layout has a manifest,
     * which {@code VerifiedStore} makes. Its number stops older programs from writing without a manifest.
     */
    private static final List<Step> STEPS = List.of(_ -> Transaction.EMPTY);

    private StoreSchema() {}

    /** A step from one version to the next. */
    @FunctionalInterface
    interface Step {
        /** Returns the changes, with conditions on the entries that they were computed from. */
        Transaction changes(Store store) throws StoreException;
    }

    /**
     * Migrates a store to the version of this program.
     *
     * @throws StoreException if it was written by a later version, which this one must not touch, or cannot be read or written
     */
    public static void migrate(Store store) throws StoreException {
        migrate(store, STEPS);
    }

    static void migrate(Store store, List<Step> steps) throws StoreException {
        int newest = steps.size() + 1;
        while (true) {
            Stored stored = store.get(KEY);
            int version = stored == null ? 0 : version(stored, store);
            if (version == newest) {
                return;
            }
            if (version > newest) {
                throw new StoreException(
                        "the store %s has layout %d, and this version of secret-providers knows layouts up to %d: use a later version. Nothing was changed"
                                .formatted(store.status().place(), version, newest),
                        null);
            }
            // A store without a version has no content yet.
            int next = version == 0 ? newest : version + 1;
            Transaction changes =
                    version == 0 ? Transaction.EMPTY : steps.get(version - 1).changes(store);
            // Another runner may do the same at this moment; then the loop finds its version.
            CommitResult _ = store.commit(changes.expecting(KEY, stored)
                    .put(KEY, Integer.toString(next).getBytes(StandardCharsets.US_ASCII)));
        }
    }

    private static int version(Stored stored, Store store) throws StoreException {
        String text = new String(stored.value(), StandardCharsets.UTF_8);
        if (!text.matches("[1-9]\\d{0,5}")) {
            throw new StoreException(
                    "the store %s has a layout version that is no number: it is damaged; restore a backup. Nothing was changed"
                            .formatted(store.status().place()),
                    null);
        }
        return Integer.parseInt(text);
    }
}
