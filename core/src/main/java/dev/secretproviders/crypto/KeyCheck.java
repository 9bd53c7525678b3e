package dev.secretproviders.crypto;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Tells whether a keyring fits a store before anything of the store is touched. */
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

    /** Returns whether the value says that the store has a manifest; it is one that the keyring fits. */
    public static boolean saysManifest(Sealer sealer, byte[] check) {
        try {
            return Arrays.equals(sealer.open(LABEL, check), WITH_MANIFEST);
        } catch (UnsealException e) {
            return false;
        }
    }

    /** Returns the value for the current master key, after a change of it; the same if nothing needs to be done. */
    public static byte[] rewrap(Sealer sealer, byte[] check) throws UnsealException {
        return sealer.current(check) ? check : sealer.rewrap(LABEL, check);
    }

    /** Returns what is wrong with the keyring, or null if it fits. */
    public static @Nullable String problem(Sealer sealer, byte[] check) {
        try {
            sealer.open(LABEL, check);
            return null;
        } catch (UnsealException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
