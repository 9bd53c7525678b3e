package dev.secretproviders.auth;

import org.jspecify.annotations.Nullable;

/**
 * A request as the transport holds it, read in place. A value is identified by a <em>slice</em>: its offset and length
 * packed into one long, so that reading a request allocates nothing. Valid only during the decision; not thread-safe.
 */
public interface RequestView {
    /** There is no such header or argument. */
    long ABSENT = -1;

    /** The argument is present without {@code =}. APISIX's Lua sees the boolean {@code true}, which is never a key. */
    long NO_VALUE = -2;

    /** The argument is present several times. APISIX's Lua sees a table, which is never a key. */
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
     * @return its slice, or {@link #ABSENT}, {@link #NO_VALUE} or {@link #REPEATED}
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

    /** Returns the value of header {@code index}, counted from 0, as a slice; empty if it has none. */
    long headerValue(int index);

    /**
     * Returns the consumer that an earlier filter of the route identified, or null if none did. Never what the client
     * says.
     */
    default @Nullable String consumer() {
        return null;
    }

    /** Returns the address of the client, 4 or 16 bytes, as a slice; {@link #ABSENT} if it is not known. */
    long source();

    /** Returns the name of the HTTP method, in upper case. */
    String method();

    /**
     * Returns the value of a variable that a filter asked for ({@link Judgement.Ask}).
     *
     * @return its bytes, which must not be changed; empty if it has no value, null if no filter asked for it
     */
    default byte @Nullable [] variable(String name) {
        return null;
    }

    /**
     * Returns the body of the request, if a filter asked for it ({@link Judgement.Ask}).
     *
     * @return its bytes, which must not be changed; empty if there is no body, null if no filter asked for it
     */
    default byte @Nullable [] body() {
        return null;
    }

    /** Returns the array that slices refer to. It must not be changed; its owner wipes it. */
    byte[] bytes();

    /** Creates a slice. */
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
