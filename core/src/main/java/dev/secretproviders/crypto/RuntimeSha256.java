package dev.secretproviders.crypto;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 of the Java runtime: for names, for digests that others fix, and for what need not wait for the FIPS module.
 * {@link Sha256} is that of the module.
 */
public final class RuntimeSha256 {
    private RuntimeSha256() {}

    /** Returns a new, empty digest. */
    public static MessageDigest start() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no SHA-256", e);
        }
    }

    /** Returns the digest of bytes. */
    public static byte[] of(byte[] bytes) {
        return start().digest(bytes);
    }

    /** Returns the digest of a text in UTF-8, as 64 hexadecimal digits. */
    public static String hex(String text) {
        return HexFormat.of().formatHex(of(text.getBytes(StandardCharsets.UTF_8)));
    }
}
