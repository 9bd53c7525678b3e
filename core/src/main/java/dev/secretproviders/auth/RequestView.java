package dev.secretproviders.auth;

/**
 * A request as the transport holds it, read in place. A value is named by a <em>slice</em>: its offset and length packed
 * into one long, so that looking at a request allocates nothing. Valid only while the request is being decided; not
 * thread-safe.
 */
public interface RequestView {
    /** No such header or argument. */
    long ABSENT = -1;

    /** An argument that is there without {@code =}: APISIX's Lua sees the boolean {@code true}, which is no consumer's key. */
    long NO_VALUE = -2;

    /** An argument that is there several times: APISIX's Lua sees a table, which is no consumer's key. */
    long REPEATED = -3;

    /**
     * Returns the value of the first header with this name.
     *
     * @param name lower case, US-ASCII (names arrive in lower case)
     * @return its slice, or {@link #ABSENT}; a header without value is an empty slice
     */
    long header(byte[] name);

    /**
     * Returns the value of the query argument with this name.
     *
     * @param name exact bytes, already percent-decoded
     * @return its slice, or {@link #ABSENT}; an one of the constants above
     */
    long argument(byte[] name);

    /** Returns how many headers arrived; a header with several values counts several times. */
    int headerCount();

    /** APISIX sends at most this many headers to a runner, but all of them to the upstream. */
    int MOST_HEADERS = 100;

    /** Returns whether the client may have sent more headers than arrived. */
    default boolean mayHideHeaders() {
        return headerCount() >= MOST_HEADERS;
    }

    /** Returns the name of header {@code index}, counted from 0, as a slice. */
    long headerName(int index);

    /** Returns the address of the client, 4 or 16 bytes, as a slice; {@link #ABSENT} if it is not known. */
    long source();

    /** Returns what slices are of; only to be read, and wiped by its owner. */
    byte[] bytes();

    /** Makes a slice. */
    static long slice(int offset, int length) {
        return ((long) offset << 32) | length;
    }

    /** Returns the offset of a slice. */
    static int offset(long slice) {
        return (int) (slice >>> 32);
    }

    /** Returns the length of a slice in bytes. */
    static int length(long slice) {
        return (int) slice;
    }
}
