package dev.secretproviders.crypto;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Checks whether a keyring fits a store, before the store is used. */
public final class KeyCheck {
    private static final String LABEL = "meta/key-check";
    private static final byte[] CONTENT = "the keyring fits".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] WITH_MANIFEST =
            "the keyring fits, and there is a manifest".getBytes(StandardCharsets.US_ASCII);

    private KeyCheck() {}

    /** Returns a value to keep with the store. */
    public static byte[] create(Sealer sealer) {
        return sealer.seal(LABEL, CONTENT);
    }

    /** Returns a value that also says that the store has a manifest. */
    public static byte[] withManifest(Sealer sealer) {
        return sealer.seal(LABEL, WITH_MANIFEST);
    }

    /** Returns whether the value says that the store has a manifest. The keyring must fit the value. */
    public static boolean hasManifest(Sealer sealer, byte[] check) {
        try {
            return Arrays.equals(sealer.open(LABEL, check), WITH_MANIFEST);
        } catch (UnsealException e) {
            return false;
        }
    }

    /** Returns the value rewrapped with the current master key, or the same value if it already is. */
    public static byte[] rewrap(Sealer sealer, byte[] check) throws UnsealException {
        return sealer.current(check) ? check : sealer.rewrap(LABEL, check);
    }

    /** Returns the problem of the keyring, or null if it fits. */
    public static @Nullable String problem(Sealer sealer, byte[] check) {
        try {
            sealer.open(LABEL, check);
            return null;
        } catch (UnsealException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
