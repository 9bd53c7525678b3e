package dev.secretproviders.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KeyringTest {
    /** {@code bar} under the second default key, from APISIX's own tests ({@code t/node/data_encrypt.t}). */
    static final String BAR = "77+NmbYqNfN+oLm0aX5akg==";

    @Test
    void decryptsWhatApisixStores() {
        assertThat(new Keyring(List.of("edd1c9f0985e76a2")).decrypt(BAR)).isEqualTo("bar");
    }

    @Test
    void everyKeyIsTried() {
        assertThat(new Keyring(Keyring.DEFAULT_KEYS).decrypt(BAR)).isEqualTo("bar");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0123456789abcdef", "0123456789abcdef0123456789abcdef"})
    void keysOf16And32BytesFit(String key) throws GeneralSecurityException {
        assertThat(Keyring.isKey(key)).isTrue();
        assertThat(new Keyring(List.of(key)).decrypt(encrypt(key, "jäck's key")))
                .isEqualTo("jäck's key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0123456789abcde", "0123456789abcdef0", "0123456789abcdef01234567", "0123456789abcdeé"})
    void otherLengthsInBytesDoNotFit(String key) {
        assertThat(Keyring.isKey(key)).isFalse();
    }

    @Test
    void textUnderAnotherKeyIsTakenAsStored() {
        assertThat(new Keyring(List.of("qeddd145sfvddff3")).decrypt(BAR)).isEqualTo(BAR);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a-key-in-clear", "$secret://vault/prod/jack/key", "abcd", "AAAAAAAAAAAAAAAAAAAAAA==", "="})
    void textThatWasNeverEncryptedIsTakenAsStored(String stored) {
        assertThat(new Keyring(Keyring.DEFAULT_KEYS).decrypt(stored)).isEqualTo(stored);
    }

    static String encrypt(String key, String clear) throws GeneralSecurityException {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(bytes, "AES"), new IvParameterSpec(bytes, 0, 16));
        return Base64.getEncoder().encodeToString(cipher.doFinal(clear.getBytes(StandardCharsets.UTF_8)));
    }
}
