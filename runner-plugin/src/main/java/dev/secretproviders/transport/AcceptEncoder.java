package dev.secretproviders.transport;

import dev.secretproviders.auth.Decision.Accept;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the answer to an accepted request, an HTTPReqCall.Resp with a Rewrite in it, straight into its frame. It is the answer to
 * nearly every request, so it is made without anything but the frame: no builder, no list, no bytes of a text.
 *
 * <p>Source: FlatBuffers internals, "Format" (see {@link FlatReader}), and {@code ext-plugin.fbs} of apache/apisix's plugin protocol.
 * Offsets lead forward; a table leads back to its vtable by a signed distance. Stateless.
 */
final class AcceptEncoder {
    private static final int UINT = 4;
    /** Where the message begins; everything in it is aligned to four bytes counted from there. */
    private static final int START = FrameType.HEADER_LENGTH;

    private static final byte REWRITE = 2;

    /*
     * Before the texts, after the root's offset: the vtables, then the tables.
     * Resp {id, action_type, action}; Rewrite {path, headers, args}; TextEntry {name, value}, and the same without value.
     */
    private static final int RESP_VTABLE = UINT;
    private static final int REWRITE_VTABLE = RESP_VTABLE + 12;
    private static final int ENTRY_VTABLE = REWRITE_VTABLE + 12;
    private static final int REMOVAL_VTABLE = ENTRY_VTABLE + 8;
    private static final int RESP = REMOVAL_VTABLE + 8;
    private static final int RESP_SIZE = 16;
    private static final int REWRITE_AT = RESP + RESP_SIZE;
    private static final int REWRITE_SIZE = 12;
    private static final int HEADERS = 4;
    private static final int ARGUMENTS = 8;
    private static final int VECTORS = REWRITE_AT + REWRITE_SIZE;
    private static final int ENTRY_SIZE = 12;
    private static final int REMOVAL_SIZE = 8;

    private AcceptEncoder() {}

    /** Returns the frame; {@code id} holds the bits of the request's id. The answer changes something. */
    static ByteBuf encode(ByteBufAllocator allocator, int id, Accept accept) {
        int headers = accept.headerCount();
        List<String> arguments = accept.removedArguments();
        int size = VECTORS + vectorSize(headers) + vectorSize(arguments.size());
        for (int i = 0; i < headers; i++) {
            size += entrySize(accept.headerName(i), accept.headerValue(i));
        }
        for (int i = 0; i < arguments.size(); i++) {
            size += entrySize(arguments.get(i), null);
        }
        if (size > FrameType.MAX_BODY_LENGTH) {
            throw new IllegalStateException("an answer of " + size + " bytes is too long for a frame");
        }
        ByteBuf frame = allocator.ioBuffer(START + size);
        try {
            frame.setInt(0, FrameType.HTTP_REQ_CALL << 24 | size);
            fixedPart(frame, id, headers > 0, !arguments.isEmpty());
            int headersAt = VECTORS;
            int argumentsAt = headersAt + vectorSize(headers);
            int entries = argumentsAt + vectorSize(arguments.size());
            vector(frame, headersAt, headers, REWRITE_AT + HEADERS);
            for (int i = 0; i < headers; i++) {
                entries = entry(frame, headersAt, i, entries, accept.headerName(i), accept.headerValue(i));
            }
            vector(frame, argumentsAt, arguments.size(), REWRITE_AT + ARGUMENTS);
            for (int i = 0; i < arguments.size(); i++) {
                entries = entry(frame, argumentsAt, i, entries, arguments.get(i), null);
            }
            return frame.writerIndex(START + size);
        } catch (RuntimeException e) {
            frame.release();
            throw e;
        }
    }

    private static void fixedPart(ByteBuf frame, int id, boolean headers, boolean arguments) {
        offset(frame, 0, RESP);
        // Resp: id at 4, action at 8, action_type at 12; two bytes to fill up.
        shorts(frame, RESP_VTABLE, 10, RESP_SIZE, 4, 12, 8, 0);
        // Rewrite: no path, headers at 4, args at 8; a field that is not there is at 0.
        shorts(frame, REWRITE_VTABLE, 10, REWRITE_SIZE, 0, headers ? HEADERS : 0, arguments ? ARGUMENTS : 0, 0);
        shorts(frame, ENTRY_VTABLE, 8, ENTRY_SIZE, 4, 8);
        shorts(frame, REMOVAL_VTABLE, 8, REMOVAL_SIZE, 4, 0);
        frame.setIntLE(START + RESP, RESP - RESP_VTABLE);
        frame.setIntLE(START + RESP + 4, id);
        offset(frame, RESP + 8, REWRITE_AT);
        frame.setIntLE(START + RESP + 12, REWRITE);
        frame.setIntLE(START + REWRITE_AT, REWRITE_AT - REWRITE_VTABLE);
        // Of what is not there, too: the buffer held other frames before, and keys in them.
        frame.setIntLE(START + REWRITE_AT + HEADERS, 0);
        frame.setIntLE(START + REWRITE_AT + ARGUMENTS, 0);
    }

    private static void shorts(ByteBuf frame, int at, int size, int tableSize, int first, int second) {
        frame.setShortLE(START + at, size);
        frame.setShortLE(START + at + 2, tableSize);
        frame.setShortLE(START + at + 4, first);
        frame.setShortLE(START + at + 6, second);
    }

    private static void shorts(
            ByteBuf frame, int at, int size, int tableSize, int first, int second, int third, int filling) {
        shorts(frame, at, size, tableSize, first, second);
        frame.setShortLE(START + at + 8, third);
        frame.setShortLE(START + at + 10, filling);
    }

    private static int vectorSize(int count) {
        return count == 0 ? 0 : UINT + UINT * count;
    }

    /** Starts the vector at {@code at}, which the field at {@code field} leads to. */
    private static void vector(ByteBuf frame, int at, int count, int field) {
        if (count > 0) {
            offset(frame, field, at);
            frame.setIntLE(START + at, count);
        }
    }

    /** Writes element {@code index} of a vector, its texts behind it, and returns where the next one goes. */
    private static int entry(ByteBuf frame, int vector, int index, int at, String name, @Nullable String value) {
        offset(frame, vector + UINT + UINT * index, at);
        int nameAt = at + (value == null ? REMOVAL_SIZE : ENTRY_SIZE);
        frame.setIntLE(START + at, at - (value == null ? REMOVAL_VTABLE : ENTRY_VTABLE));
        offset(frame, at + UINT, nameAt);
        int end = text(frame, nameAt, name);
        if (value == null) {
            return end;
        }
        offset(frame, at + 2 * UINT, end);
        return text(frame, end, value);
    }

    /** Writes a text with the zero byte that FlatBuffers wants, and returns where the next thing goes. */
    private static int text(ByteBuf frame, int at, String text) {
        int length = ByteBufUtil.utf8Bytes(text);
        frame.writerIndex(START + at + UINT);
        int written = ByteBufUtil.reserveAndWriteUtf8(frame, text, length);
        frame.setIntLE(START + at, written);
        int end = at + textSize(written);
        for (int i = at + UINT + written; i < end; i++) {
            frame.setByte(START + i, 0);
        }
        return end;
    }

    private static int entrySize(String name, @Nullable String value) {
        int nameSize = textSize(ByteBufUtil.utf8Bytes(name));
        return value == null ? REMOVAL_SIZE + nameSize : ENTRY_SIZE + nameSize + textSize(ByteBufUtil.utf8Bytes(value));
    }

    private static int textSize(int bytes) {
        return UINT + (bytes + 1 + UINT - 1 & -UINT);
    }

    private static void offset(ByteBuf frame, int from, int to) {
        frame.setIntLE(START + from, to - from);
    }
}
