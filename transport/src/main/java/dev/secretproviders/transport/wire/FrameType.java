package dev.secretproviders.transport.wire;

/** The type of a frame, which is its first byte. The next three bytes are the length of the body, big-endian. */
public final class FrameType {
    static final int ERROR = 0;
    /** Announces a route's configuration. */
    public static final int PREPARE_CONF = 1;
    /** Asks for the answer to a request. */
    public static final int HTTP_REQ_CALL = 2;
    /** Asks APISIX for information about a request. */
    public static final int EXTRA_INFO = 3;
    /** Asks for the answer to an upstream's response. */
    public static final int HTTP_RESP_CALL = 4;

    /** A verdict call of the companion ({@code docs/reference/companion-protocol.md}). APISIX's own types end at 4. */
    public static final int VERDICT = 64;

    /** A verdict call about a credential that is more than a key. */
    public static final int CREDENTIAL = 65;

    /** A call of the companion about values for upstreams. */
    public static final int VALUES = 66;

    /** A call of the companion that reports uses of remembered verdicts. */
    public static final int USES = 67;

    /** The bytes of the type and the length. */
    public static final int HEADER_LENGTH = 4;

    static final int MAX_BODY_LENGTH = (1 << 24) - 1;

    private static final int LONGEST_KEY = 1 << 16;
    private static final int LONGEST_CREDENTIAL = 1 << 17;

    private FrameType() {}

    /** Returns whether a frame of this type begins an exchange. */
    public static boolean isCall(int type) {
        return type == PREPARE_CONF || type == HTTP_REQ_CALL || type == HTTP_RESP_CALL || isVerdictCall(type);
    }

    /** Returns whether a frame of this type is one of the companion's calls. */
    public static boolean isVerdictCall(int type) {
        return type >= VERDICT && type <= USES;
    }

    /** Returns the length of the longest body of a type that is accepted. */
    public static int longestBody(int type) {
        return switch (type) {
            case VERDICT -> LONGEST_KEY;
            case CREDENTIAL, VALUES, USES -> LONGEST_CREDENTIAL;
            default -> MAX_BODY_LENGTH;
        };
    }
}
