package dev.secretproviders.crypto;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;

/** SHA-256 (FIPS 180-4) of the FIPS module. */
public final class Sha256 {
    private Sha256() {}

    /**
     * Returns the digest of the parts, each with its length, so that different lists of parts never give the same
     * input.
     */
    public static byte[] of(byte[]... parts) {
        try {
            MessageDigest digest =
                    MessageDigest.getInstance("SHA-256", FipsModule.load().provider());
            byte[] length = new byte[Integer.BYTES];
            for (byte[] part : parts) {
                ByteBuffer.wrap(length).putInt(part.length);
                digest.update(length);
                digest.update(part);
            }
            return digest.digest();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the FIPS module refuses SHA-256", e);
        }
    }
}
