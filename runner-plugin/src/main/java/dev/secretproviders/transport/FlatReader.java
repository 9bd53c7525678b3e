package dev.secretproviders.transport;

import dev.secretproviders.auth.RequestView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Reads a FlatBuffers message in place and trusts none of it: each offset is checked before it is followed, and texts may
 * not claim more bytes together than the message has, so the work is bounded by its length. Positions are indexes of the
 * buffer. Reusable; not thread-safe.
 *
 * <p>Source: FlatBuffers internals, "Format". Everything is little-endian; a table starts with the signed distance back to
 * its vtable; a vtable is its own size, the table's size, and one 16-bit offset per field, 0 for an absent one.
 */
final class FlatReader {
    static final int NO_FIELD = 0;

    private static final int UINT = 4;
    private static final int USHORT = 2;

    private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
    private int start;
    private int end;
    private int unclaimed;

    /** Starts to read the message in {@code length} bytes from {@code offset}, which the buffer has. */
    void wrap(ByteBuf newBuffer, int offset, int length) {
        buffer = newBuffer;
        start = offset;
        end = offset + length;
        unclaimed = length;
    }

    /** Forgets the message. */
    void release() {
        wrap(Unpooled.EMPTY_BUFFER, 0, 0);
    }

    ByteBuf buffer() {
        return buffer;
    }

    /** Returns the position of the root table. */
    int root() throws MalformedFrameException {
        return table(follow(start));
    }

    /** Returns the position of an inline field of {@code size} bytes, or {@link #NO_FIELD}. */
    int field(int table, int index, int size) throws MalformedFrameException {
        int vtable = table - buffer.getIntLE(table);
        int slot = UINT + USHORT * index;
        if (slot + USHORT > buffer.getUnsignedShortLE(vtable)) {
            return NO_FIELD;
        }
        int offset = buffer.getUnsignedShortLE(vtable + slot);
        if (offset == 0) {
            return NO_FIELD;
        }
        if (offset < UINT || offset + size > buffer.getUnsignedShortLE(vtable + USHORT)) {
            throw new MalformedFrameException("a field lies outside its table");
        }
        return table + offset;
    }

    /** Returns an unsigned 32-bit field as the int with the same bits; 0 if absent. */
    int uint(int table, int index) throws MalformedFrameException {
        int position = field(table, index, UINT);
        return position == NO_FIELD ? 0 : buffer.getIntLE(position);
    }

    /** Returns an unsigned 16-bit field; 0 if absent. */
    int ushort(int table, int index) throws MalformedFrameException {
        int position = field(table, index, USHORT);
        return position == NO_FIELD ? 0 : buffer.getUnsignedShortLE(position);
    }

    /** Returns an unsigned 8-bit field; 0 if absent. */
    int ubyte(int table, int index) throws MalformedFrameException {
        int position = field(table, index, 1);
        return position == NO_FIELD ? 0 : buffer.getUnsignedByte(position);
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
        return vector == NO_FIELD ? 0 : buffer.getIntLE(vector);
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
        long target = position + Integer.toUnsignedLong(buffer.getIntLE(position));
        if (target == position || target > end - UINT) {
            throw new MalformedFrameException("an offset leads outside the message");
        }
        return (int) target;
    }

    private int table(int position) throws MalformedFrameException {
        long vtable = (long) position - buffer.getIntLE(position);
        if (vtable < start || vtable > end - UINT) {
            throw new MalformedFrameException("a vtable lies outside the message");
        }
        int vtableSize = buffer.getUnsignedShortLE((int) vtable);
        int tableSize = buffer.getUnsignedShortLE((int) vtable + USHORT);
        if (vtableSize < UINT || vtable + vtableSize > end || tableSize < UINT || position + tableSize > end) {
            throw new MalformedFrameException("a table reaches outside the message");
        }
        return position;
    }

    private int length(int vector, int elementSize) throws MalformedFrameException {
        long length = Integer.toUnsignedLong(buffer.getIntLE(vector));
        if (vector + UINT + length * elementSize > end) {
            throw new MalformedFrameException("a vector reaches outside the message");
        }
        return (int) length;
    }
}
