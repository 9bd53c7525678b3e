package dev.secretproviders.auth.basic;

import java.util.Arrays;

/** Reads the header {@code Authorization} as native {@code basic-auth} does ({@code extract_auth_header}). */
final class BasicHeader {
    private static final byte[] SCHEME = {'b', 'a', 's', 'i', 'c'};
    private static final byte[] VALUES = values();
    private static final byte NONE = -1;
    private static final int BITS = 6;

    private BasicHeader() {}

    /**
     * Returns where the encoded credentials begin: after the first {@code basic}, in any letter case and even within a
     * word, that one white space follows. Returns -1 if there are none.
     */
    static int begin(byte[] bytes, int offset, int length) {
        int end = offset + length;
        for (int i = offset; i + SCHEME.length + 1 < end; i++) {
            if (isScheme(bytes, i) && BasicLookup.isSpace(bytes[i + SCHEME.length])) {
                return i + SCHEME.length + 1;
            }
        }
        return -1;
    }

    private static boolean isScheme(byte[] bytes, int at) {
        for (int i = 0; i < SCHEME.length; i++) {
            if ((bytes[at + i] | 0x20) != SCHEME[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Decodes base64 as nginx does ({@code ngx_decode_base64}): padding is optional, and what follows the first {@code
     * =} is ignored.
     *
     * @param into room for three quarters of the encoded bytes
     * @return the number of decoded bytes; -1 if the text is not base64
     */
    static int decode(byte[] bytes, int begin, int end, byte[] into) {
        int from = begin;
        int to = 0;
        // Four characters at a time. The sign tells whether one of them is none of the alphabet.
        while (end - from >= 4) {
            int group = value(bytes[from]) << 18
                    | value(bytes[from + 1]) << 12
                    | value(bytes[from + 2]) << 6
                    | value(bytes[from + 3]);
            if (group < 0) {
                break;
            }
            into[to] = (byte) (group >> 16);
            into[to + 1] = (byte) (group >> 8);
            into[to + 2] = (byte) group;
            from += 4;
            to += 3;
        }
        return decodeEnd(bytes, from, end, into, to);
    }

    /** Decodes the last group, if the text ends with it. */
    private static int decodeEnd(byte[] bytes, int begin, int end, byte[] into, int at) {
        int stop = begin;
        while (stop < end && bytes[stop] != '=') {
            if (value(bytes[stop]) == NONE) {
                return -1;
            }
            stop++;
        }
        if (stop - begin == 1) {
            return -1;
        }
        int to = at;
        int held = 0;
        int bits = 0;
        for (int i = begin; i < stop; i++) {
            held = held << BITS | value(bytes[i]);
            bits += BITS;
            if (bits >= Byte.SIZE) {
                bits -= Byte.SIZE;
                into[to++] = (byte) (held >>> bits);
            }
        }
        return to;
    }

    private static int value(byte character) {
        return VALUES[character & 0xff];
    }

    private static byte[] values() {
        byte[] values = new byte[1 << Byte.SIZE];
        Arrays.fill(values, NONE);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int i = 0; i < alphabet.length(); i++) {
            values[alphabet.charAt(i)] = (byte) i;
        }
        return values;
    }
}
