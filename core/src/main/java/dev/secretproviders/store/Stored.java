package dev.secretproviders.store;

/**
 * One entry.
 *
 * @param key its key
 * @param value its bytes; neither changed nor kept by who reads them
 * @param revision the store's revision that changed it last; greater than 0
 */
@SuppressWarnings("ArrayRecordComponent") // Bytes are what a store holds; nobody compares entries.
public record Stored(String key, byte[] value, long revision) {
    /** Names the key only. */
    @Override
    public String toString() {
        return "Stored[" + key + "@" + revision + "]";
    }
}
