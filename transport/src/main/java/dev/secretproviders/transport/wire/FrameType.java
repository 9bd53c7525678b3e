package dev.secretproviders.transport.wire;

/** What a frame is, its first byte. The next three are the length of the body, big-endian. */
public final class FrameType {
    static final int ERROR = 0;
    public static final int PREPARE_CONF = 1;
    public static final int HTTP_REQ_CALL = 2;
    public static final int EXTRA_INFO = 3;
    public static final int HTTP_RESP_CALL = 4;

    /** A verdict call ({@code docs/reference/companion-protocol.md}), which is ours: APISIX's own types end at 4. */
    public static final int VERDICT = 64;

    public static final int HEADER_LENGTH = 4;
    static final int MAX_BODY_LENGTH = (1 << 24) - 1;

    private FrameType() {}

    /** Returns whether a frame of this type begins an exchange. */
    public static boolean isCall(int type) {
        return type == PREPARE_CONF || type == HTTP_REQ_CALL || type == HTTP_RESP_CALL || type == VERDICT;
    }
}
