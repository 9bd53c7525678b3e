package dev.secretproviders.transport.companion;

import dev.secretproviders.transport.wire.FrameType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** Writes the answer to a report of uses ({@code docs/reference/companion-protocol.md}). */
public final class UsesAnswer {
    private static final int USUAL_SIZE = 1 << 6;
    private static final int LENGTH_AT = 1;

    private UsesAnswer() {}

    /**
     * Returns the frame of an answer.
     *
     * @param counted whether the runner knows consumers, so that the uses were counted
     */
    public static ByteBuf encode(ByteBufAllocator allocator, String epoch, boolean counted) {
        ByteBuf frame = allocator.ioBuffer(USUAL_SIZE).writeInt(FrameType.USES << 24);
        int start = frame.writerIndex();
        JsonText.plain(frame, "{\"epoch\":\"" + epoch + (counted ? "\"}" : "\",\"counted\":false}"));
        return frame.setMedium(LENGTH_AT, frame.writerIndex() - start);
    }
}
