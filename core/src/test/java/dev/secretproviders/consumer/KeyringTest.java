package dev.secretproviders.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KeyringTest {
    /** {@code bar} under the second default key, from APISIX's own tests ({@code t/node/data_encrypt.t}). */
    static final String BAR = "77+NmbYqNfN+oLm0aX5akg==";

    private static final Keyring DEFAULT = new Keyring(Keyring.DEFAULT_KEYS);

    @Test
    void decryptsWhatApisixStores() {
        assertThat(keyring("edd1c9f0985e76a2").read(BAR)).isEqualTo("bar");
    }

    @Test
    void everyKeyIsTried() {
        assertThat(DEFAULT.read(BAR)).isEqualTo("bar");
    }

    @Test
    void threadsShareAKeyringAndAFailureLeavesNoTrace() throws GeneralSecurityException {
        String first = encrypt("qeddd145sfvddff3", "under the first key");
        Keyring shared = new Keyring(Keyring.DEFAULT_KEYS);

        assertThat(IntStream.range(0, 4_000).parallel().mapToObj(i -> switch (i % 3) {
                    case 0 -> shared.read(first);
                    case 1 -> shared.read(BAR);
                    default -> String.valueOf(shared.read("AAAAAAAAAAAAAAAAAAAAAA=="));
                }))
                .containsOnly("under the first key", "bar", "null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0123456789abcdef", "0123456789abcdef0123456789abcdef"})
    void keysOf16And32BytesFit(String key) throws GeneralSecurityException {
        assertThat(Keyring.isKey(key)).isTrue();
        assertThat(keyring(key).read(encrypt(key, "jäck's key"))).isEqualTo("jäck's key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0123456789abcde", "0123456789abcdef0", "0123456789abcdef01234567", "0123456789abcdeé"})
    void otherLengthsInBytesDoNotFit(String key) {
        assertThat(Keyring.isKey(key)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                BAR,
                // Keys of "openssl rand -base64 16", and 32, cannot be distinguished from encrypted ones.
                "AAAAAAAAAAAAAAAAAAAAAA==",
                "aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3a",
                "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
            })
    void textThatLooksEncryptedUnderAnotherKeyIsToldApart(String stored) {
        assertThat(keyring("qeddd145sfvddff3").read(stored)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a-key-in-clear",
                "$secret://vault/prod/jack/key",
                "abcd",
                "=",
                // Incomplete blocks, missing padding, and letters of one case only.
                "QUJDREVGR0hJSktMTU5PUFFS",
                "AAAAAAAAAAAAAAAAAAAAAA",
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
                "k3v9xq0zk3v9xq0zk3v9xq0zk3v9xq0zk3v9xq0zk3v9xq0zk3v9xq0zk3v9xq0z"
            })
    void textThatWasNeverEncryptedIsTakenAsStored(String stored) {
        assertThat(DEFAULT.read(stored)).isEqualTo(stored);
    }

    private static Keyring keyring(String key) {
        return new Keyring(List.of(key));
    }

    static String encrypt(String key, String clear) throws GeneralSecurityException {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(bytes, "AES"), new IvParameterSpec(bytes, 0, 16));
        return Base64.getEncoder().encodeToString(cipher.doFinal(clear.getBytes(StandardCharsets.UTF_8)));
    }
}
