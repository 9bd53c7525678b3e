package dev.secretproviders.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** The module computes what the standards say, and refuses algorithms that are not approved. */
class KnownAnswerTest {
    private final Provider fips = FipsModule.load().provider();

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    /** RFC 4231, test cases 1, 2 and 6. */
    @Test
    void hmacSha256() {
        assertThat(Hmac.raw(hex("0b".repeat(20)), "Hi There".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
        assertThat(Hmac.raw(
                        hex("aa".repeat(131)),
                        "Test Using Larger Than Block-Size Key - Hash Key First".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
    }

    /** McGrew and Viega, The Galois/Counter Mode of Operation, test case 16. */
    @Test
    void aes256Gcm() throws Exception {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", fips);
        cipher.init(
                Cipher.DECRYPT_MODE,
                new SecretKeySpec(hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"), "AES"),
                new GCMParameterSpec(128, hex("cafebabefacedbaddecaf888")));
        cipher.updateAAD(hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
        assertThat(cipher.doFinal(hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                        + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                        + "76fc6ece0f4e1768cddf8853bb2d551b")))
                .isEqualTo(hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                        + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"));
    }

    /** RFC 3394, section 4.6. */
    @Test
    void aesKeyWrap() throws Exception {
        Cipher cipher = Cipher.getInstance("AESKW", fips);
        cipher.init(
                Cipher.UNWRAP_MODE,
                new SecretKeySpec(hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"), "AES"));
        SecretKey key = (SecretKey) cipher.unwrap(
                hex("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"),
                "AES",
                Cipher.SECRET_KEY);
        assertThat(key.getEncoded()).isEqualTo(hex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f"));
    }

    /** SP 800-108 in counter mode with one block, as computed by {@code openssl kdf KBKDF} with the same input. */
    @Test
    void derivedKeysDifferByPurpose() {
        MasterKey master = new MasterKey(Secret.owning(hex("00".repeat(32))));
        assertThat(master.derive("wrap")).isNotEqualTo(master.derive("id"));
        assertThat(master.derive("wrap"))
                .isEqualTo(Hmac.raw(
                        hex("00".repeat(32)),
                        hex("00000001"
                                + HexFormat.of().formatHex("secret-providers wrap".getBytes(StandardCharsets.US_ASCII))
                                + "00" + "00000100")));
    }

    @Test
    void onlyApprovedAlgorithmsAreThere() {
        FipsModule module = FipsModule.load();
        assertThat(module.approvedOnly()).isTrue();
        assertThat(module.status()).isEqualTo("READY");
        assertThat(module.version()).isNotEmpty();
        assertThatThrownBy(() -> MessageDigest.getInstance("MD5", fips)).isInstanceOf(NoSuchAlgorithmException.class);
        assertThatThrownBy(() -> Cipher.getInstance("DES/CBC/PKCS5Padding", fips))
                .isInstanceOf(NoSuchAlgorithmException.class);
        assertThatThrownBy(() -> Hmac.withKey(Secret.ofUtf8("short"))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void signaturesTellPartsApart() {
        Hmac hmac = Hmac.withKey(Secret.owning(new byte[32]));
        byte[] signature = hmac.sign(hex("0102"), hex("03"));
        assertThat(hmac.sign(hex("0102"), hex("03"))).isEqualTo(signature);
        assertThat(hmac.sign(hex("01"), hex("0203"))).isNotEqualTo(signature);
        assertThat(hmac.sign(hex("010203"))).isNotEqualTo(signature);
    }

    @Test
    void seriesSignsAsOneByOne() {
        Hmac hmac = Hmac.withKey(Secret.owning(new byte[32]));
        Hmac.Series series = hmac.series();
        for (int length : new int[] {0, 1, 300, 70_000}) {
            byte[] bytes = new byte[length + 10];
            byte[] signature = hmac.sign(hex("0102"), Arrays.copyOf(bytes, length));
            assertThat(series.sign(hex("0102"), Arrays.copyOf(bytes, length))).isEqualTo(signature);
            assertThat(series.verify(signature, hex("0102"), bytes, length)).isTrue();
            assertThat(series.verify(signature, hex("0102"), bytes, length + 1)).isFalse();
        }
    }

    @Test
    void saltedHashRecognisesItsSecretOnly() {
        SaltedHash hash = SaltedHash.of(Secret.ofUtf8("token-canary"));
        assertThat(SaltedHash.decode(hash.encoded()).matches(Secret.ofUtf8("token-canary")))
                .isTrue();
        assertThat(hash.matches(Secret.ofUtf8("token-canarz"))).isFalse();
        assertThat(SaltedHash.of(Secret.ofUtf8("token-canary")).encoded()).isNotEqualTo(hash.encoded());
        assertThat(hash.encoded() + hash).doesNotContain("canary");
        assertThatThrownBy(() -> SaltedHash.decode("md5$x$y")).isInstanceOf(IllegalArgumentException.class);
    }
}
