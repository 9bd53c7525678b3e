package dev.secretproviders.transport.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

/** An answer frame that is the same for every request but for the id. Immutable. */
final class AnswerTemplate {
    private static final int ID = 0;

    private final byte[] frame;
    private final int idAt;

    private AnswerTemplate(byte[] frame, int idAt) {
        this.frame = frame;
        this.idAt = idAt;
    }

    /** Takes over a frame that the encoder has written. */
    static AnswerTemplate of(byte[] frame) {
        FlatReader reader = new FlatReader();
        reader.wrap(Unpooled.wrappedBuffer(frame), FrameType.HEADER_LENGTH, frame.length - FrameType.HEADER_LENGTH);
        try {
            return new AnswerTemplate(frame, FrameType.HEADER_LENGTH + reader.field(reader.root(), ID, Integer.BYTES));
        } catch (MalformedFrameException e) {
            throw new IllegalStateException("the encoder wrote a malformed frame", e);
        }
    }

    /** Returns the frame with the bits of an unsigned id. */
    ByteBuf copy(ByteBufAllocator allocator, int id) {
        return allocator.ioBuffer(frame.length).writeBytes(frame).setIntLE(idAt, id);
    }
}
