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

    private final List<SecretKeySpec> keys;

    /** Creates a keyring of keys with 16 or 32 bytes; all are tried, in order. */
    Keyring(List<String> keys) {
        this.keys = keys.stream()
                .map(key -> new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "AES"))
                .toList();
    }

    /** Returns whether {@code key} has a length that AES can use. */
    static boolean isKey(String key) {
        int length = key.getBytes(StandardCharsets.UTF_8).length;
        return length == 16 || length == 32;
    }

    /** Returns the clear text, or {@code stored} itself if no key fits: as in APISIX, it was then stored in clear. */
    String decrypt(String stored) {
        byte[] encrypted;
        try {
            encrypted = Base64.getDecoder().decode(stored);
        } catch (IllegalArgumentException e) {
            return stored;
        }
        for (SecretKeySpec key : keys) {
            String clear = decrypt(encrypted, key);
            if (clear != null) {
                return clear;
            }
        }
        return stored;
    }

    private static @Nullable String decrypt(byte[] encrypted, SecretKeySpec key) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cipher.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(key.getEncoded(), 0, 16));
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
