package dev.secretproviders.gateway;

/**
 * One message on the wire: a type in one byte, the body's length in three bytes (big-endian), the body.
 *
 * @param type one of the constants here, or any other byte in a hostile test; 0 to 255
 * @param body a FlatBuffers message, or anything in a hostile test
 */
public record Frame(int type, Body body) {
    /** An error: {@code Err.Resp}. */
    public static final int ERROR = 0;

    /** A route's configuration: {@code PrepareConf}. */
    public static final int PREPARE_CONF = 1;

    /** A request to decide on: {@code HTTPReqCall}. */
    public static final int HTTP_REQ_CALL = 2;

    /** The runner's question for a variable or a body: {@code ExtraInfo}. */
    public static final int EXTRA_INFO = 3;

    /** An upstream's answer to decide on: {@code HTTPRespCall}. */
    public static final int HTTP_RESP_CALL = 4;

    /**
     * The companion's question about a key; the runner's own type, not APISIX's ({@code
     * docs/reference/companion-protocol.md}).
     */
    public static final int VERDICT = 64;

    /** A verdict call about a credential that is more than a key, and its answer. */
    public static final int CREDENTIAL = 65;

    /** A call of the companion about values for upstreams, and its answer. */
    public static final int VALUES = 66;

    /** A call of the companion that reports uses of remembered verdicts, and its answer. */
    public static final int USES = 67;

    /** The longest body, in bytes. */
    public static final int MAX_LENGTH = (1 << 24) - 1;

    /** Bytes before the body. */
    public static final int HEADER_LENGTH = 4;

    /** Returns the bytes on the wire. */
    public byte[] encode() {
        return encodeFrame(type, body.array());
    }

    /**
     * Returns the bytes of a frame.
     *
     * @throws IllegalArgumentException if the type does not fit into a byte or the body is longer than {@link
     *     #MAX_LENGTH}
     */
    public static byte[] encodeFrame(int type, byte[] body) {
        if (body.length > MAX_LENGTH) {
            throw new IllegalArgumentException(tooLong(body.length));
        }
        byte[] frame = new byte[HEADER_LENGTH + body.length];
        System.arraycopy(encodeHeader(type, body.length), 0, frame, 0, HEADER_LENGTH);
        System.arraycopy(body, 0, frame, HEADER_LENGTH, body.length);
        return frame;
    }

    /**
     * Returns the four bytes before a body. The announced length need not be that of the body.
     *
     * @throws IllegalArgumentException if the type does not fit into one byte, or the length into three
     */
    public static byte[] encodeHeader(int type, int length) {
        if (type < 0 || type > 0xff) {
            throw new IllegalArgumentException("the type of a frame is one byte, not " + type);
        }
        if (length < 0 || length > MAX_LENGTH) {
            throw new IllegalArgumentException(tooLong(length));
        }
        return new byte[] {(byte) type, (byte) (length >>> 16), (byte) (length >>> 8), (byte) length};
    }

    static int length(byte high, byte middle, byte low) {
        return (high & 0xff) << 16 | (middle & 0xff) << 8 | (low & 0xff);
    }

    static String tooLong(int length) {
        return "the max length of data is " + MAX_LENGTH + " but got " + length;
    }
}
