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
 * Decrypts fields as APISIX stores them in etcd when its {@code data_encryption} is on ({@code apisix/core/data_encryption.lua}):
 * base64 of AES-CBC, with the key itself as initialization vector. That is APISIX's format, not one we would choose.
 *
 * <p>Immutable and thread-safe.
 */
final class Keyring {
    /** The public keys that APISIX is delivered with. */
    static final List<String> DEFAULT_KEYS = List.of("qeddd145sfvddff3", "edd1c9f0985e76a2");

    private static final int BLOCK = 16;

    private final List<SecretKeySpec> keys;
    private final boolean chosen;

    /** What a stored text is. */
    enum Form {
        /** It is no encrypted text, whatever the key. */
        CLEAR,
        /** A key of this keyring decrypts it. */
        DECRYPTED,
        /** It looks encrypted, and no key of this keyring decrypts it. */
        UNDECRYPTABLE
    }

    /**
     * A stored text as read.
     *
     * @param text in clear; as stored if it cannot be decrypted
     */
    record Stored(String text, Form form) {
        @Override
        public String toString() {
            return "***, " + form;
        }
    }

    /**
     * Creates a keyring.
     *
     * @param keys of 16 or 32 bytes; all are tried, in order
     * @param chosen whether an operator wrote them down, so that APISIX is known to encrypt
     */
    Keyring(List<String> keys, boolean chosen) {
        this.keys = keys.stream()
                .map(key -> new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "AES"))
                .toList();
        this.chosen = chosen;
    }

    boolean chosen() {
        return chosen;
    }

    /** Returns whether {@code key} has a length that AES can use. */
    static boolean isKey(String key) {
        int length = key.getBytes(StandardCharsets.UTF_8).length;
        return length == 16 || length == 32;
    }

    /** Reads a stored text. */
    Stored read(String stored) {
        byte[] encrypted = encrypted(stored);
        if (encrypted == null) {
            return new Stored(stored, Form.CLEAR);
        }
        for (SecretKeySpec key : keys) {
            String clear = decrypt(encrypted, key);
            if (clear != null) {
                return new Stored(clear, Form.DECRYPTED);
            }
        }
        return new Stored(stored, Form.UNDECRYPTABLE);
    }

    /** Returns what a text can be the encryption of, or null: APISIX writes whole blocks, in base64 with its padding. */
    private static byte @Nullable [] encrypted(String stored) {
        if (stored.isEmpty() || stored.length() % 4 != 0 || isHexadecimal(stored)) {
            return null;
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(stored);
            return bytes.length % BLOCK == 0 ? bytes : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** A key of 64 hexadecimal digits is base64 of three blocks, too; but base64 of what was encrypted never has these digits alone. */
    private static boolean isHexadecimal(String text) {
        return text.chars().allMatch(c -> Character.digit(c, 16) >= 0);
    }

    private static @Nullable String decrypt(byte[] encrypted, SecretKeySpec key) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cipher.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(key.getEncoded(), 0, BLOCK));
            // A wrong key can leave a padding that looks right by chance, but hardly text.
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(cipher.doFinal(encrypted)))
                    .toString();
        } catch (GeneralSecurityException | CharacterCodingException e) {
            return null;
        }
    }
}
