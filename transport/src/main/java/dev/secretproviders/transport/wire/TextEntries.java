package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.RequestView;
import java.util.Arrays;

/**
 * Where the names and values of a vector of {@code TextEntry} lie in a message: headers, query arguments, or plugins with
 * their configuration. Reusable; not thread-safe.
 */
final class TextEntries {
    /** Far above what nginx lets through; bounds the memory that one frame can claim here to 1 MiB. */
    static final int MAX_COUNT = 1 << 16;

    private static final int USUAL_COUNT = 128;
    private static final int NAME = 0;
    private static final int VALUE = 1;

    private long[] slices = new long[2 * 16];
    private int count;

    /** Reads the vector in field {@code index}; an absent one is empty. */
    void read(FlatReader reader, int table, int index) throws MalformedFrameException {
        clear();
        int vector = reader.tables(table, index);
        int size = reader.count(vector);
        if (size > MAX_COUNT) {
            throw new MalformedFrameException("too many entries");
        }
        for (int i = 0; i < size; i++) {
            int entry = reader.element(vector, i);
            long name = reader.bytes(entry, NAME);
            if (name == RequestView.ABSENT) {
                throw new MalformedFrameException("an entry has no name");
            }
            add(name, reader.bytes(entry, VALUE));
        }
    }

    void clear() {
        count = 0;
        if (slices.length > 2 * USUAL_COUNT) {
            slices = new long[2 * 16];
        }
    }

    void add(long name, long value) {
        if (2 * count == slices.length) {
            slices = Arrays.copyOf(slices, 2 * slices.length);
        }
        slices[2 * count] = name;
        slices[2 * count + 1] = value;
        count++;
    }

    int count() {
        return count;
    }

    long name(int index) {
        return slices[2 * index];
    }

    /** Returns the value, or {@link RequestView#ABSENT}. */
    long value(int index) {
        return slices[2 * index + 1];
    }

    /** Returns the index of the first entry with this name from {@code from} on, or -1. */
    int find(byte[] message, byte[] name, int from) {
        for (int i = from; i < count; i++) {
            long slice = slices[2 * i];
            if (RequestView.length(slice) == name.length && same(message, RequestView.offset(slice), name)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean same(byte[] message, int offset, byte[] name) {
        return Arrays.equals(message, offset, offset + name.length, name, 0, name.length);
    }
}
