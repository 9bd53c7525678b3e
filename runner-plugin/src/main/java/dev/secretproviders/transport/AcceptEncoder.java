package dev.secretproviders.transport;

import dev.secretproviders.auth.Decision.Accept;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the answer to an accepted request, an HTTPReqCall.Resp with a Rewrite in it, as its bytes. It is the answer to nearly every
 * request, so it is made without anything but the frame: no builder, no list, no bytes of a text. It is put together in an array
 * of its own and copied once, since each of some fifty small writes into a {@link ByteBuf} has its checks.
 *
 * <p>Source: FlatBuffers internals, "Format" (see {@link FlatReader}), and {@code ext-plugin.fbs} of apache/apisix's plugin protocol.
 * Offsets lead forward; a table leads back to its vtable by a signed distance. Belongs to one event loop; not thread-safe.
 */
final class AcceptEncoder {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle FRAME_HEADER =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

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

    /** Besides the bytes of its texts: its place in the vector, its table, and two texts' lengths, ends and fillings. */
    private static final int MOST_FOR_AN_ENTRY = UINT + ENTRY_SIZE + 2 * (UINT + UINT);

    private static final int MOST_BYTES_OF_A_CHAR = 3;
    private static final int ASCII_END = 0x80;
    private static final int KEPT_LENGTH = 64 << 10;

    private byte[] bytes = new byte[1 << 10];

    /** Returns the frame; {@code id} holds the bits of the request's id. The answer changes something. */
    ByteBuf encode(ByteBufAllocator allocator, int id, Accept accept) {
        int headers = accept.headerCount();
        List<String> arguments = accept.removedArguments();
        makeRoom(accept, headers, arguments);
        fixedPart(id, headers > 0, !arguments.isEmpty());
        int argumentsAt = VECTORS + vectorSize(headers);
        int end = argumentsAt + vectorSize(arguments.size());
        vector(VECTORS, headers, REWRITE_AT + HEADERS);
        for (int i = 0; i < headers; i++) {
            end = entry(VECTORS, i, end, accept.headerName(i), accept.headerValue(i));
        }
        vector(argumentsAt, arguments.size(), REWRITE_AT + ARGUMENTS);
        for (int i = 0; i < arguments.size(); i++) {
            end = entry(argumentsAt, i, end, arguments.get(i), null);
        }
        if (end > FrameType.MAX_BODY_LENGTH) {
            throw new IllegalStateException("an answer of " + end + " bytes is too long for a frame");
        }
        FRAME_HEADER.set(bytes, 0, FrameType.HTTP_REQ_CALL << 24 | end);
        return allocator.ioBuffer(START + end).writeBytes(bytes, 0, START + end);
    }

    private void makeRoom(Accept accept, int headers, List<String> arguments) {
        long chars = 0;
        for (int i = 0; i < headers; i++) {
            String value = accept.headerValue(i);
            chars += accept.headerName(i).length() + (value == null ? 0 : value.length());
        }
        for (int i = 0; i < arguments.size(); i++) {
            chars += arguments.get(i).length();
        }
        long entries = (long) headers + arguments.size();
        long most = START + VECTORS + 2 * UINT + MOST_FOR_AN_ENTRY * entries + MOST_BYTES_OF_A_CHAR * chars;
        if (most > bytes.length) {
            if (most > MOST_BYTES_OF_A_CHAR * (long) FrameType.MAX_BODY_LENGTH) {
                throw new IllegalStateException("an answer of " + most + " bytes is too long for a frame");
            }
            bytes = new byte[(int) most];
        } else if (bytes.length > KEPT_LENGTH) {
            bytes = new byte[(int) most];
        }
    }

    private void fixedPart(int id, boolean headers, boolean arguments) {
        offset(0, RESP);
        // Resp: id at 4, action at 8, action_type at 12; two bytes to fill up.
        shorts(RESP_VTABLE, 10, RESP_SIZE, 4, 12, 8, 0);
        // Rewrite: no path, headers at 4, args at 8; a field that is not there is at 0.
        shorts(REWRITE_VTABLE, 10, REWRITE_SIZE, 0, headers ? HEADERS : 0, arguments ? ARGUMENTS : 0, 0);
        shorts(ENTRY_VTABLE, 8, ENTRY_SIZE, 4, 8);
        shorts(REMOVAL_VTABLE, 8, REMOVAL_SIZE, 4, 0);
        put(RESP, RESP - RESP_VTABLE);
        put(RESP + 4, id);
        offset(RESP + 8, REWRITE_AT);
        put(RESP + 12, REWRITE);
        put(REWRITE_AT, REWRITE_AT - REWRITE_VTABLE);
        // Of what is not there, too: the array held other answers before.
        put(REWRITE_AT + HEADERS, 0);
        put(REWRITE_AT + ARGUMENTS, 0);
    }

    private void shorts(int at, int size, int tableSize, int first, int second) {
        put(at, size | tableSize << Short.SIZE);
        put(at + 4, first | second << Short.SIZE);
    }

    private void shorts(int at, int size, int tableSize, int first, int second, int third, int filling) {
        shorts(at, size, tableSize, first, second);
        put(at + 8, third | filling << Short.SIZE);
    }

    private static int vectorSize(int count) {
        return count == 0 ? 0 : UINT + UINT * count;
    }

    /** Starts the vector at {@code at}, which the field at {@code field} leads to. */
    private void vector(int at, int count, int field) {
        if (count > 0) {
            offset(field, at);
            put(at, count);
        }
    }

    /** Writes element {@code index} of a vector, its texts behind it, and returns where the next one goes. */
    private int entry(int vector, int index, int at, String name, @Nullable String value) {
        offset(vector + UINT + UINT * index, at);
        int nameAt = at + (value == null ? REMOVAL_SIZE : ENTRY_SIZE);
        put(at, at - (value == null ? REMOVAL_VTABLE : ENTRY_VTABLE));
        offset(at + UINT, nameAt);
        int end = text(nameAt, name);
        if (value == null) {
            return end;
        }
        offset(at + 2 * UINT, end);
        return text(end, value);
    }

    /** Writes a text with the zero byte that FlatBuffers wants, and returns where the next thing goes. */
    private int text(int at, String text) {
        int from = START + at + UINT;
        int length = ascii(from, text);
        if (length < 0) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            length = utf8.length;
            System.arraycopy(utf8, 0, bytes, from, length);
        }
        put(at, length);
        int end = at + UINT + (length + 1 + UINT - 1 & -UINT);
        for (int i = from + length; i < START + end; i++) {
            bytes[i] = 0;
        }
        return end;
    }

    /** Writes the characters of a text as a byte each and returns how many they are; -1 if that cannot be done. */
    private int ascii(int from, String text) {
        byte[] target = bytes;
        int length = text.length();
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= ASCII_END) {
                return -1;
            }
            target[from + i] = (byte) c;
        }
        return length;
    }

    private void put(int at, int value) {
        INT.set(bytes, START + at, value);
    }

    private void offset(int from, int to) {
        put(from, to - from);
    }
}
