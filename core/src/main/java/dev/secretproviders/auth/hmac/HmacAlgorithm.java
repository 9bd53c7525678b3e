package dev.secretproviders.auth.hmac;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An algorithm of a signature, by its name in {@code hmac-auth} ({@code apisix/plugins/hmac-auth.lua}). */
enum HmacAlgorithm {
    SHA1("hmac-sha1", "SHA-1", 64, 20),
    SHA256("hmac-sha256", "SHA-256", 64, 32),
    SHA512("hmac-sha512", "SHA-512", 128, 64);

    private static final HmacAlgorithm[] ALL = values();

    private final String text;

    @SuppressWarnings("ImmutableEnumChecker") // never changed
    private final byte[] name;

    private final String digest;
    private final int block;
    private final int length;

    HmacAlgorithm(String text, String digest, int block, int length) {
        this.text = text;
        this.name = text.getBytes(StandardCharsets.US_ASCII);
        this.digest = digest;
        this.block = block;
        this.length = length;
    }

    /** Returns the algorithm with this name, in which letter case counts, or null. */
    static @Nullable HmacAlgorithm named(byte[] bytes, int offset, int length) {
        for (HmacAlgorithm algorithm : ALL) {
            if (Arrays.equals(bytes, offset, offset + length, algorithm.name, 0, algorithm.name.length)) {
                return algorithm;
            }
        }
        return null;
    }

    /** Returns the name in a route's configuration. */
    String text() {
        return text;
    }

    /** Returns the name of the digest in the JDK. */
    String digest() {
        return digest;
    }

    /** Returns the size of the digest's blocks in bytes. */
    int block() {
        return block;
    }

    /** Returns the length of a signature in bytes. */
    int length() {
        return length;
    }
}
