package dev.secretproviders.consumer;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Decrypts fields as APISIX stores them in etcd when its {@code data_encryption} is on ({@code
 * apisix/core/data_encryption.lua}): base64 of AES-CBC, with the key itself as initialization vector. APISIX prescribes
 * this format.
 *
 * <p>Thread-safe.
 */
final class Keyring {
    /** The public default keys of APISIX. */
    static final List<String> DEFAULT_KEYS = List.of("qeddd145sfvddff3", "edd1c9f0985e76a2");

    private static final int BLOCK = 16;
    private static final int ENOUGH_DIGITS = 64;

    private final List<Key> keys;

    /** A key with its cipher, which is kept: to look one up takes fifteen times as long as to decrypt a field. */
    private static final class Key {
        private final SecretKeySpec key;
        private final IvParameterSpec vector;
        private @Nullable Cipher cipher;

        Key(byte[] key) {
            this.key = new SecretKeySpec(key, "AES");
            this.vector = new IvParameterSpec(key, 0, BLOCK);
        }

        /** Returns the plain text, or null if another key encrypted it. */
        synchronized @Nullable String decrypt(byte[] encrypted) {
            try {
                Cipher ours = cipher == null ? Cipher.getInstance("AES/CBC/PKCS5Padding") : cipher;
                cipher = ours;
                ours.init(Cipher.DECRYPT_MODE, key, vector);
                // A wrong key can give valid padding by chance, but hardly valid text.
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(ours.doFinal(encrypted)))
                        .toString();
            } catch (GeneralSecurityException | CharacterCodingException e) {
                return null;
            }
        }
    }

    /**
     * Creates a keyring.
     *
     * @param keys of 16 or 32 bytes; all are tried, in order. Others are left out; reading the configuration reports them
     */
    Keyring(List<String> keys) {
        this.keys = keys.stream()
                .filter(Keyring::isKey)
                .map(key -> new Key(key.getBytes(StandardCharsets.UTF_8)))
                .toList();
    }

    /** Returns whether {@code key} has a length that AES can use. */
    static boolean isKey(String key) {
        int length = key.getBytes(StandardCharsets.UTF_8).length;
        return length == 16 || length == 32;
    }

    /**
     * Returns the plain text of a stored text: the text itself if it cannot be encrypted under any key, or what a key
     * of this keyring decrypts it to. Returns null if it looks encrypted and no key decrypts it. A text in clear that
     * looks encrypted cannot be distinguished from one that was encrypted under another key.
     */
    @Nullable
    String read(String stored) {
        byte[] encrypted = encrypted(stored);
        if (encrypted == null) {
            return stored;
        }
        for (Key key : keys) {
            String clear = key.decrypt(encrypted);
            if (clear != null) {
                return clear;
            }
        }
        return null;
    }

    /**
     * Returns the encrypted bytes of a text, or null if it cannot be encrypted. APISIX writes whole blocks, in base64
     * with padding.
     */
    private static byte @Nullable [] encrypted(String stored) {
        if (stored.isEmpty() || stored.length() % 4 != 0 || hasSingleCase(stored)) {
            return null;
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(stored);
            return bytes.length % BLOCK == 0 ? bytes : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /**
     * Returns whether a text is long and has letters of one case only. A key of 64 hexadecimal digits, or of lower-case
     * letters and digits, is also base64 of three blocks. But encrypted data give 64 digits without an upper-case
     * letter, or without a lower-case one, only once in 10^14 times. Shorter texts cannot be distinguished this way.
     */
    private static boolean hasSingleCase(String text) {
        return text.length() >= ENOUGH_DIGITS
                && (text.chars().noneMatch(c -> c >= 'A' && c <= 'Z')
                        || text.chars().noneMatch(c -> c >= 'a' && c <= 'z'));
    }
}
