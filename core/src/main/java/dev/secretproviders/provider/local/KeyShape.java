package dev.secretproviders.provider.local;

import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.provider.local.LocalSecretException.Kind;
import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;

/**
 * How a generated key looks.
 *
 * @param alphabet the characters it is made of
 * @param length how many
 */
public record KeyShape(Alphabet alphabet, int length) {
    /** 256 bits that fit into a header or a URL as they are. */
    public static final KeyShape DEFAULT = new KeyShape(Alphabet.BASE64URL, 43);

    /** Fewer could be guessed. */
    public static final int MIN_LENGTH = 16;

    /** The longest. */
    public static final int MAX_LENGTH = 1_024;

    /** Characters of which each is as likely as the others. */
    public enum Alphabet {
        BASE64URL("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
        ALPHANUMERIC("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
        HEX("0123456789abcdef");

        private final String characters;

        Alphabet(String characters) {
            this.characters = characters;
        }
    }

    void check() throws LocalSecretException {
        int least = alphabet == Alphabet.HEX ? 2 * MIN_LENGTH : MIN_LENGTH;
        if (length < least || length > MAX_LENGTH) {
            throw new LocalSecretException(
                    Kind.INVALID, "length: expected a whole number from " + least + " to " + MAX_LENGTH);
        }
    }

    /** Returns a new random key. The caller closes it. */
    Secret generate() {
        byte[] characters = alphabet.characters.getBytes(StandardCharsets.US_ASCII);
        // Bytes beyond the last whole multiple of the alphabet would make its first characters likelier.
        int fair = 256 - 256 % characters.length;
        byte[] key = new byte[length];
        int[] filled = {0};
        while (filled[0] < length) {
            try (Secret random = RandomSecrets.bytes(length)) {
                random.use(bytes -> {
                    for (byte b : bytes) {
                        int value = Byte.toUnsignedInt(b);
                        if (value < fair && filled[0] < length) {
                            key[filled[0]++] = characters[value % characters.length];
                        }
                    }
                    return filled[0];
                });
            }
        }
        return Secret.owning(key);
    }
}
