package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.RequestView;
import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads a FlatBuffers message and trusts none of it: each offset is checked before it is followed, and texts may not claim more
 * bytes together than the message has, so the work is bounded by its length. Positions are counted from the message's start.
 * Reusable; not thread-safe.
 *
 * <p>It reads a copy in an array of its own, which is wiped afterwards, for a message holds a key. The hundred small reads that a
 * message takes cost more in a {@link ByteBuf}, each with its own checks, than copying it once.
 *
 * <p>Source: FlatBuffers internals, "Format". Everything is little-endian; a table starts with the signed distance back to
 * its vtable; a vtable is its own size, the table's size, and one 16-bit offset per field, 0 for an absent one.
 */
final class FlatReader {
    static final int NO_FIELD = 0;

    private static final int UINT = 4;
    private static final int USHORT = 2;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final byte[] NOTHING = {};
    private static final int KEPT_LENGTH = 64 << 10;

    private byte[] bytes = NOTHING;
    private int end;
    private int unclaimed;

    /** Starts to read the message in {@code length} bytes from {@code offset}, which the buffer has. */
    void wrap(ByteBuf buffer, int offset, int length) {
        if (bytes.length < length) {
            bytes = new byte[Math.max(length, Math.min(KEPT_LENGTH, 2 * bytes.length))];
        }
        buffer.getBytes(offset, bytes, 0, length);
        end = length;
        unclaimed = length;
    }

    /** Forgets the message. */
    void release() {
        Arrays.fill(bytes, 0, end, (byte) 0);
        end = 0;
        if (bytes.length > KEPT_LENGTH) {
            bytes = NOTHING;
        }
    }

    /** Returns what slices are of, until {@link #release}. */
    byte[] bytes() {
        return bytes;
    }

    /** Returns the text in a slice. */
    String text(long slice) {
        return new String(bytes, RequestView.offset(slice), RequestView.length(slice), StandardCharsets.UTF_8);
    }

    private int intAt(int position) {
        return (int) INT.get(bytes, position);
    }

    private int unsignedShortAt(int position) {
        return Short.toUnsignedInt((short) SHORT.get(bytes, position));
    }

    /** Returns the position of the root table. */
    int root() throws MalformedFrameException {
        return table(follow(0));
    }

    /** Returns the position of an inline field of {@code size} bytes, or {@link #NO_FIELD}. */
    int field(int table, int index, int size) throws MalformedFrameException {
        int vtable = table - intAt(table);
        int slot = UINT + USHORT * index;
        if (slot + USHORT > unsignedShortAt(vtable)) {
            return NO_FIELD;
        }
        int offset = unsignedShortAt(vtable + slot);
        if (offset == 0) {
            return NO_FIELD;
        }
        if (offset < UINT || offset + size > unsignedShortAt(vtable + USHORT)) {
            throw new MalformedFrameException("a field lies outside its table");
        }
        return table + offset;
    }

    /** Returns an unsigned 32-bit field as the int with the same bits; 0 if absent. */
    int uint(int table, int index) throws MalformedFrameException {
        int position = field(table, index, UINT);
        return position == NO_FIELD ? 0 : intAt(position);
    }

    /** Returns an unsigned 16-bit field; 0 if absent. */
    int ushort(int table, int index) throws MalformedFrameException {
        int position = field(table, index, USHORT);
        return position == NO_FIELD ? 0 : unsignedShortAt(position);
    }

    /** Returns an unsigned 8-bit field; 0 if absent. */
    int ubyte(int table, int index) throws MalformedFrameException {
        int position = field(table, index, 1);
        return position == NO_FIELD ? 0 : Byte.toUnsignedInt(bytes[position]);
    }

    /** Returns a text or a vector of bytes as a slice, or {@link RequestView#ABSENT}. */
    long bytes(int table, int index) throws MalformedFrameException {
        int position = field(table, index, UINT);
        if (position == NO_FIELD) {
            return RequestView.ABSENT;
        }
        int vector = follow(position);
        int length = length(vector, 1);
        unclaimed -= length;
        if (unclaimed < 0) {
            throw new MalformedFrameException("texts overlap");
        }
        return RequestView.slice(vector + UINT, length);
    }

    /** Returns the position of a vector of tables, or {@link #NO_FIELD}. */
    int tables(int table, int index) throws MalformedFrameException {
        int position = field(table, index, UINT);
        if (position == NO_FIELD) {
            return NO_FIELD;
        }
        int vector = follow(position);
        length(vector, UINT);
        return vector;
    }

    /** Returns how many elements a vector of {@link #tables} has. */
    int count(int vector) {
        return vector == NO_FIELD ? 0 : intAt(vector);
    }

    /** Returns the position of an element of a vector of {@link #tables}. */
    int element(int vector, int index) throws MalformedFrameException {
        return table(follow(vector + UINT + UINT * index));
    }

    /** Returns where the offset at {@code position} leads, a place with room for four bytes. */
    private int follow(int position) throws MalformedFrameException {
        if (end - position < UINT) {
            throw new MalformedFrameException("too short");
        }
        long target = position + Integer.toUnsignedLong(intAt(position));
        if (target == position || target > end - UINT) {
            throw new MalformedFrameException("an offset leads outside the message");
        }
        return (int) target;
    }

    private int table(int position) throws MalformedFrameException {
        long vtable = (long) position - intAt(position);
        if (vtable < 0 || vtable > end - UINT) {
            throw new MalformedFrameException("a vtable lies outside the message");
        }
        int vtableSize = unsignedShortAt((int) vtable);
        int tableSize = unsignedShortAt((int) vtable + USHORT);
        if (vtableSize < UINT || vtable + vtableSize > end || tableSize < UINT || position + tableSize > end) {
            throw new MalformedFrameException("a table reaches outside the message");
        }
        return position;
    }

    private int length(int vector, int elementSize) throws MalformedFrameException {
        long length = Integer.toUnsignedLong(intAt(vector));
        if (vector + UINT + length * elementSize > end) {
            throw new MalformedFrameException("a vector reaches outside the message");
        }
        return (int) length;
    }
}
