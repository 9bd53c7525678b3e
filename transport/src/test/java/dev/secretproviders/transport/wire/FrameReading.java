package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.RequestView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads a frame as a connection does, up to the last byte that a filter could read. */
public final class FrameReading {
    private FrameReading() {}

    /** Returns whether the reader accepts the body. Passes on any exception but the reader's own. */
    public static boolean isWellFormed(int type, byte[] body) {
        // The buffer holds more than this frame.
        ByteBuf buffer = Unpooled.buffer(body.length + 8)
                .writeInt(0xdeadbeef)
                .writeBytes(body)
                .writeInt(0xdeadbeef)
                .asReadOnly();
        try {
            switch (type) {
                case FrameType.PREPARE_CONF -> Messages.prepareConf(buffer, 4, body.length);
                case FrameType.HTTP_RESP_CALL -> Messages.httpRespCall(buffer, 4, body.length);
                case FrameType.EXTRA_INFO -> Messages.extraInfo(buffer, 4, body.length);
                default -> {
                    HttpReqCallFrame frame = new HttpReqCallFrame();
                    frame.wrap(buffer, 4, body.length);
                    readAll(frame, body.length);
                }
            }
            return true;
        } catch (MalformedFrameException e) {
            return false;
        }
    }

    private static void readAll(HttpReqCallFrame frame, int length) {
        for (int i = 0; i < frame.headerCount(); i++) {
            long name = frame.headerName(i);
            requireInside(name, length);
            byte[] bytes = Arrays.copyOfRange(
                    frame.bytes(), RequestView.offset(name), RequestView.offset(name) + RequestView.length(name));
            long value = frame.header(bytes);
            requireInside(value, length);
        }
        long key = frame.argument("apikey".getBytes(StandardCharsets.UTF_8));
        if (key >= 0) {
            requireInside(key, length);
        }
        new RewrittenRequest(frame).view(new FetchedInfo());
    }

    private static void requireInside(long slice, int length) {
        int offset = RequestView.offset(slice);
        // The empty slice of a header without value may have any position.
        if (RequestView.length(slice) > 0 && (offset < 0 || offset + RequestView.length(slice) > length)) {
            throw new AssertionError("a slice lies outside the frame");
        }
    }
}
