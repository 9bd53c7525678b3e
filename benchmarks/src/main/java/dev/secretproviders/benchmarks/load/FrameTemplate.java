package dev.secretproviders.benchmarks.load;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A frame in which only the id and one text differ between requests. Immutable. */
final class FrameTemplate {
    private static final int NOWHERE = -1;
    private static final int HEADER = 4;

    private final byte[] frame;
    private final int idAt;
    private final int textAt;

    private FrameTemplate(byte[] frame, int idAt, int textAt) {
        this.frame = frame;
        this.idAt = idAt;
        this.textAt = textAt;
    }

    /** Finds id and text in a message whose first field is the id, as those of HTTPReqCall are. */
    static FrameTemplate of(byte[] frame, String text) {
        return new FrameTemplate(frame, idAt(frame), find(frame, text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Returns a template for a frame that is the same for every request. */
    static FrameTemplate constant(byte[] frame) {
        return new FrameTemplate(frame, NOWHERE, NOWHERE);
    }

    int length() {
        return frame.length;
    }

    /** Fills a buffer with the frame, ready to be sent or compared. */
    void fill(ByteBuffer buffer) {
        buffer.clear().put(frame).flip();
    }

    /** Returns a new buffer with the frame. */
    ByteBuffer filled() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(frame.length);
        fill(buffer);
        return buffer;
    }

    void patch(ByteBuffer buffer, int id, Texts texts, int index) {
        if (idAt != NOWHERE) {
            buffer.putInt(idAt, Integer.reverseBytes(id));
        }
        if (textAt != NOWHERE) {
            texts.put(index, buffer, textAt);
        }
    }

    /** FlatBuffers: the root table points back to its vtable, whose third entry is the first field's offset. */
    private static int idAt(byte[] frame) {
        ByteBuffer body = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
        int root = HEADER + body.getInt(HEADER);
        int vtable = root - body.getInt(root);
        int offset = body.getShort(vtable) > 2 * Short.BYTES ? body.getShort(vtable + 2 * Short.BYTES) : 0;
        return offset == 0 ? NOWHERE : root + offset;
    }

    private static int find(byte[] frame, byte[] text) {
        for (int at = HEADER; at + text.length <= frame.length; at++) {
            if (Arrays.equals(frame, at, at + text.length, text, 0, text.length)) {
                return at;
            }
        }
        return NOWHERE;
    }
}
