package dev.secretproviders.crypto;

import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * One master key of 256 bits. Two keys are derived from it (SP 800-108 in counter mode with HMAC-SHA-256, one block).
 * One wraps data keys, the other gives the public id of the master key.
 */
final class MasterKey {
    static final int LENGTH = 32;
    private static final int ID_BYTES = 8;

    private final Secret key;
    private final String id;

    /** Creates a master key, which owns the secret from then on. */
    MasterKey(Secret key) {
        if (key.length() != LENGTH) {
            throw new IllegalArgumentException("a master key has 32 bytes");
        }
        this.key = key;
        byte[] name = derive("id");
        this.id = HexFormat.of().formatHex(name, 0, ID_BYTES);
    }

    static MasterKey random() {
        return new MasterKey(RandomSecrets.bytes(LENGTH));
    }

    String id() {
        return id;
    }

    /** Returns the key itself, which this object still owns. */
    Secret secret() {
        return key;
    }

    /** Returns a key that is derived for one purpose. The caller wipes it. */
    byte[] derive(String purpose) {
        byte[] label = ("secret-providers " + purpose).getBytes(StandardCharsets.UTF_8);
        byte[] input = new byte[Integer.BYTES + label.length + 1 + Integer.BYTES];
        // The input is the counter 1, the label, a zero byte, no context, and the length in bits.
        input[3] = 1;
        System.arraycopy(label, 0, input, Integer.BYTES, label.length);
        input[input.length - 2] = 1; // 256 = 0x0100
        return key.use(bytes -> Hmac.raw(bytes, input));
    }

    @Override
    public String toString() {
        return "MasterKey[" + id + "]";
    }
}
