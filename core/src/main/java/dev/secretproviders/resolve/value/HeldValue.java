package dev.secretproviders.resolve.value;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.KeyHashes;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of one value.
 *
 * @param digest the digest of the value
 * @param shorterThan16 whether the value has fewer than 16 bytes; nothing else about its length is kept
 * @param hash whether the value is the hash of a key
 * @param value the value, or null if no reference needs it
 */
public record HeldValue(
        KeyDigest digest,
        boolean shorterThan16,
        boolean hash,
        @Nullable Secret value) {
    private static final int SHORT = 16;

    /** Creates a value that is no hash. */
    public HeldValue(KeyDigest digest, boolean shorterThan16, @Nullable Secret value) {
        this(digest, shorterThan16, false, value);
    }

    /** Digests a value, which stays owned by the caller; null if it cannot be used. */
    static @Nullable HeldValue of(Secret value, Use use, KeyDigester digester) {
        return isUsable(value)
                ? new HeldValue(
                        digester.digestStored(value),
                        value.use(bytes -> bytes.length < SHORT),
                        KeyHashes.isHash(value),
                        use == Use.VALUE ? value.use(bytes -> Secret.owning(bytes.clone())) : null)
                : null;
    }

    /**
     * Returns whether a value can be used. An empty key would match an empty header, and a reference never stands for
     * itself.
     */
    private static boolean isUsable(Secret value) {
        return value.use(bytes -> bytes.length > 0
                && (bytes[0] != '$' || !SecretReference.isReference(new String(bytes, StandardCharsets.UTF_8))));
    }

    /** Returns this without the value, which stays as it is. */
    HeldValue digestOnly() {
        return value == null ? this : new HeldValue(digest, shorterThan16, hash, null);
    }

    /** Returns this with a value of its own, which the caller wipes. */
    HeldValue copy() {
        return value == null
                ? this
                : new HeldValue(digest, shorterThan16, hash, value.use(bytes -> Secret.owning(bytes.clone())));
    }
}
