package dev.secretproviders.store;

/**
 * One entry.
 *
 * @param key its key
 * @param value its bytes; a reader must neither change nor keep them
 * @param revision the store's revision that changed it last; greater than 0
 */
@SuppressWarnings("ArrayRecordComponent") // A store holds bytes, and entries are never compared.
public record Stored(String key, byte[] value, long revision) {
    /** Names the key only. */
    @Override
    public String toString() {
        return "Stored[" + key + "@" + revision + "]";
    }
}
