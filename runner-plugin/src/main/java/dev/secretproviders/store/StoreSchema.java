package dev.secretproviders.store;
/** Stand-in. */
public final class StoreSchema {
    private StoreSchema() {}

    public static void migrate(Store store) throws StoreException {}
}
