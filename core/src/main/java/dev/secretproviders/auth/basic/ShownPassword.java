package dev.secretproviders.auth.basic;

import java.util.Arrays;

/**
 * A user name and a password in one array, with a separator of one byte between them. Each thread has one to decode into,
 * so that reading them makes no garbage. For one decision on one thread.
 */
final class ShownPassword {
    /** The longest text for which a thread keeps room, in bytes. */
    private static final int USUAL = 768;

    private static final ThreadLocal<ShownPassword> OF_THREAD =
            ThreadLocal.withInitial(() -> new ShownPassword(new byte[USUAL], 0, 0));

    private final byte[] own;
    private byte[] bytes;
    private int user;
    private int length;

    private ShownPassword(byte[] bytes, int user, int length) {
        this.own = bytes;
        this.bytes = bytes;
        this.user = user;
        this.length = length;
    }

    /** Returns what an array holds, which the caller still owns. */
    static ShownPassword of(byte[] bytes, int user, int length) {
        return new ShownPassword(bytes, user, length);
    }

    /** Returns the one of this thread, for {@link #decode}. The caller wipes it after use. */
    static ShownPassword ofThread() {
        return OF_THREAD.get();
    }

    /** Decodes the credentials of a header. Returns whether they are a user name, a colon and a password. */
    boolean decode(byte[] text, int begin, int end) {
        // Never more bytes than text, of which the decoder may fill three quarters before it sees that it is none.
        int room = end - begin;
        bytes = room <= own.length ? own : new byte[room];
        length = room;
        int size = BasicHeader.decode(text, begin, end, bytes);
        int colon = colon(size);
        user = colon;
        if (size >= 0) {
            length = size;
        }
        return colon >= 0 && colon + 1 < size;
    }

    private int colon(int size) {
        for (int i = 0; i < size; i++) {
            if (bytes[i] == ':') {
                return i;
            }
        }
        return -1;
    }

    byte[] bytes() {
        return bytes;
    }

    /** Returns the length of the user name. */
    int user() {
        return user;
    }

    /** Returns where the password begins. */
    int password() {
        return user + 1;
    }

    /** Returns the length of all of it. */
    int length() {
        return length;
    }

    /** Overwrites it. */
    void wipe() {
        Arrays.fill(bytes, 0, length, (byte) 0);
        bytes = own;
        length = 0;
    }
}
