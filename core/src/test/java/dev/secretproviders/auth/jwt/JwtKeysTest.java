package dev.secretproviders.auth.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.spi.Secret;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.Stream;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which tokens a secret, a public key or a key set verifies, and which of these are refused as keys. */
class JwtKeysTest {
    private static final String LONG_SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private static final String PAYLOAD = "{\"key\":\"jack\"}";

    private static JwtKeys keys(JwtAlgorithm algorithm, String material) throws InvalidJwtKeyException {
        try (Secret secret = Secret.ofUtf8(material)) {
            return JwtKeys.of(algorithm, secret, false, true, NativeSignatures.NONE);
        }
    }

    private static JwtKeys base64(JwtAlgorithm algorithm, String material) throws InvalidJwtKeyException {
        try (Secret secret = Secret.ofUtf8(material)) {
            return JwtKeys.of(algorithm, secret, true, true, NativeSignatures.NONE);
        }
    }

    private static String material(JwtAlgorithm algorithm) {
        return algorithm.symmetric()
                ? LONG_SECRET
                : MadeToken.pem(MadeToken.pair(algorithm).getPublic());
    }

    private static Key signing(JwtAlgorithm algorithm) {
        return algorithm.symmetric()
                ? MadeToken.secret(LONG_SECRET)
                : MadeToken.pair(algorithm).getPrivate();
    }

    private static boolean verifies(JwtKeys keys, String token) {
        byte[] bytes = ("x" + token + "y").getBytes(StandardCharsets.UTF_8);
        CompactJws jws = CompactJws.parse(bytes, 1, bytes.length - 2);
        return jws != null && keys.verify(jws) != null;
    }

    @ParameterizedTest
    @EnumSource
    void everyAlgorithmVerifiesItsOwnTokens(JwtAlgorithm algorithm) throws Exception {
        JwtKeys keys = keys(algorithm, material(algorithm));

        assertThat(verifies(keys, MadeToken.of(algorithm, signing(algorithm), PAYLOAD)))
                .isTrue();
        assertThat(verifies(keys, MadeToken.of(algorithm, signing(algorithm), "")))
                .as("the payload does not matter")
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void noChangedTokenIsVerified(JwtAlgorithm algorithm) throws Exception {
        JwtKeys keys = keys(algorithm, material(algorithm));
        String token = MadeToken.of(algorithm, signing(algorithm), PAYLOAD);
        int payload = token.indexOf('.') + 1;
        int signature = token.lastIndexOf('.') + 1;
        byte[] raw = Base64.getUrlDecoder().decode(token.substring(signature));

        assertThat(verifies(
                        keys,
                        token.substring(0, payload)
                                + MadeToken.encode("{\"key\":\"jill\"}")
                                + token.substring(signature - 1)))
                .isFalse();
        for (byte[] changed : new byte[][] {
            flipped(raw, 0),
            flipped(raw, raw.length - 1),
            flipped(raw, raw.length / 2),
            Arrays.copyOf(raw, raw.length - 1),
            Arrays.copyOf(raw, raw.length + 1),
            new byte[raw.length],
            new byte[1]
        }) {
            assertThat(verifies(keys, token.substring(0, signature) + MadeToken.encode(changed)))
                    .isFalse();
        }
    }

    private static byte[] flipped(byte[] bytes, int at) {
        byte[] changed = bytes.clone();
        changed[at] ^= 1;
        return changed;
    }

    @ParameterizedTest
    @EnumSource
    void tokenOfEveryOtherAlgorithmIsRefused(JwtAlgorithm other) throws Exception {
        for (JwtAlgorithm algorithm : JwtAlgorithm.values()) {
            if (algorithm != other) {
                assertThat(verifies(keys(algorithm, material(algorithm)), MadeToken.of(other, signing(other), PAYLOAD)))
                        .as("%s by a key for %s", other, algorithm)
                        .isFalse();
            }
        }
    }

    /** The header must name the credential's algorithm, even if the signature would be right. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":\"none\"}",
                "{\"alg\":\"None\"}",
                "{\"alg\":\"hs256\"}",
                "{\"alg\":\"HS384\"}",
                "{\"alg\":\"HS256 \"}",
                "{\"alg\":null}",
                "{\"alg\":256}",
                "{\"alg\":[\"HS256\"]}",
                "{}",
                "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}",
                "{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}"
            })
    void headerWithoutTheAlgorithmOrWithAnExtensionIsRefused(String header) throws Exception {
        assertThat(verifies(
                        keys(JwtAlgorithm.HS256, LONG_SECRET),
                        MadeToken.of(JwtAlgorithm.HS256, MadeToken.secret(LONG_SECRET), header, PAYLOAD)))
                .isFalse();
    }

    /** The classic attack: the public key, which everyone knows, signs as if it were a shared secret. */
    @ParameterizedTest
    @EnumSource(names = {"RS256", "ES256", "PS256", "EDDSA"})
    void publicKeyNeverVerifiesAnHmac(JwtAlgorithm algorithm) throws Exception {
        String pem = material(algorithm);
        JwtKeys keys = keys(algorithm, pem);
        for (String secret : new String[] {pem, pem.strip(), pem + "\n"}) {
            assertThat(verifies(keys, MadeToken.of(JwtAlgorithm.HS256, MadeToken.secret(secret), PAYLOAD)))
                    .isFalse();
            assertThat(verifies(
                            keys,
                            MadeToken.of(
                                    JwtAlgorithm.HS256,
                                    MadeToken.secret(secret),
                                    "{\"alg\":\"" + algorithm + "\"}",
                                    PAYLOAD)))
                    .isFalse();
        }
    }

    @Test
    void publicKeyIsRefusedAsASecret() {
        assertThatThrownBy(() -> keys(JwtAlgorithm.HS256, material(JwtAlgorithm.RS256)))
                .isInstanceOf(InvalidJwtKeyException.class)
                .hasMessageStartingWith("holds a public key");
    }

    @Test
    void embeddedKeyOfATokenIsIgnored() throws Exception {
        KeyPair attacker = MadeToken.newPair(JwtAlgorithm.ES256);
        ECPublicKey point = (ECPublicKey) attacker.getPublic();
        String header = "{\"alg\":\"ES256\",\"jwk\":" + ecJwk(point, null, "") + "}";

        assertThat(verifies(
                        keys(JwtAlgorithm.ES256, material(JwtAlgorithm.ES256)),
                        MadeToken.of(JwtAlgorithm.ES256, attacker.getPrivate(), header, PAYLOAD)))
                .isFalse();
    }

    @Test
    void secretInBase64IsDecoded() throws Exception {
        byte[] secret = {0, 1, 2, (byte) 0xff, (byte) 0xfe, 7, 8};
        String token = MadeToken.of(JwtAlgorithm.HS256, new SecretKeySpec(secret, "HMAC"), PAYLOAD);
        String encoded = Base64.getEncoder().encodeToString(secret);

        assertThat(verifies(base64(JwtAlgorithm.HS256, encoded), token)).isTrue();
        assertThat(verifies(base64(JwtAlgorithm.HS256, encoded.replace("=", "")), token))
                .as("without padding, as in APISIX")
                .isTrue();
        assertThat(verifies(keys(JwtAlgorithm.HS256, encoded), token)).isFalse();
        assertThat(verifies(
                        base64(JwtAlgorithm.HS256, encoded),
                        MadeToken.of(JwtAlgorithm.HS256, MadeToken.secret(encoded), PAYLOAD)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"not base64!", "canar", "canar=", "canary_c", "canaryYW\n", "canaryYQ=b"})
    void secretThatIsNotBase64IsNamed(String secret) {
        assertThatThrownBy(() -> base64(JwtAlgorithm.HS256, secret))
                .isInstanceOf(InvalidJwtKeyException.class)
                .hasMessageContaining("base64_secret")
                .hasMessageNotContaining("canar")
                .hasNoCause();
    }

    @Test
    void emptySecretIsRefused() {
        assertThatThrownBy(() -> keys(JwtAlgorithm.HS512, "")).hasMessageContaining("at least 64 random bytes");
        assertThatThrownBy(() -> base64(JwtAlgorithm.HS256, "=")).hasMessageContaining("at least 32 random bytes");
    }

    @ParameterizedTest
    @CsvSource({"HS256,32", "HS384,48", "HS512,64"})
    void secretShorterThanTheStandardDemandsIsAcceptedAndReported(JwtAlgorithm algorithm, int least) throws Exception {
        String enough = LONG_SECRET.substring(0, least);
        String tooShort = enough.substring(1);

        assertThat(keys(algorithm, enough).weakness()).isEmpty();
        assertThat(keys(algorithm, tooShort).weakness())
                .hasValueSatisfying(said -> assertThat(said)
                        .contains("fewer than " + least + " bytes")
                        .doesNotContain(tooShort));
        assertThat(verifies(keys(algorithm, tooShort), MadeToken.of(algorithm, MadeToken.secret(tooShort), PAYLOAD)))
                .isTrue();
    }

    @Test
    void shortRsaKeyIsAcceptedAndReported() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(1024);
        KeyPair pair = generator.generateKeyPair();
        JwtKeys keys = keys(JwtAlgorithm.RS256, MadeToken.pem(pair.getPublic()));

        assertThat(verifies(keys, MadeToken.of(JwtAlgorithm.RS256, pair.getPrivate(), PAYLOAD)))
                .isTrue();
        assertThat(keys.weakness()).hasValueSatisfying(said -> assertThat(said).contains("fewer than 2048 bits"));
        assertThat(keys(JwtAlgorithm.RS256, material(JwtAlgorithm.RS256)).weakness())
                .isEmpty();
    }

    /** Natively, PS256 takes signatures of 256 bytes only. */
    @Test
    void pssTakesRsaKeysOfEveryLength() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(3072);
        KeyPair pair = generator.generateKeyPair();

        assertThat(verifies(
                        keys(JwtAlgorithm.PS256, MadeToken.pem(pair.getPublic())),
                        MadeToken.of(JwtAlgorithm.PS256, pair.getPrivate(), PAYLOAD)))
                .isTrue();
    }

    @Test
    void ed448KeyIsAcceptedForEdDsa() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed448").generateKeyPair();

        assertThat(verifies(
                        keys(JwtAlgorithm.EDDSA, MadeToken.pem(pair.getPublic())),
                        MadeToken.of(JwtAlgorithm.EDDSA, pair.getPrivate(), PAYLOAD)))
                .isTrue();
    }

    @Test
    void rsaKeyInItsOwnFormIsRead() throws Exception {
        KeyPair pair = MadeToken.pair(JwtAlgorithm.RS256);
        // What follows the identifier and the head of the bit string.
        byte[] info = pair.getPublic().getEncoded();
        String pem = "-----BEGIN RSA PUBLIC KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(Arrays.copyOfRange(info, 24, info.length))
                + "\n-----END RSA PUBLIC KEY-----";

        assertThat(verifies(
                        keys(JwtAlgorithm.RS256, pem), MadeToken.of(JwtAlgorithm.RS256, pair.getPrivate(), PAYLOAD)))
                .isTrue();
    }

    static Stream<Arguments> refusedPublicKeys() {
        String rsa = material(JwtAlgorithm.RS256);
        return Stream.of(
                Arguments.of(JwtAlgorithm.ES256, rsa, "a key on the curve P-256"),
                Arguments.of(JwtAlgorithm.ES256, material(JwtAlgorithm.ES384), "a key on the curve P-256"),
                Arguments.of(JwtAlgorithm.ES512, material(JwtAlgorithm.ES384), "a key on the curve P-521"),
                Arguments.of(JwtAlgorithm.RS256, material(JwtAlgorithm.ES256), "needs an RSA key"),
                Arguments.of(JwtAlgorithm.PS512, material(JwtAlgorithm.EDDSA), "needs an RSA key"),
                Arguments.of(JwtAlgorithm.EDDSA, rsa, "an Ed25519 or Ed448 key"),
                Arguments.of(JwtAlgorithm.RS256, rsa.replace("PUBLIC", "PRIVATE"), "a private key"),
                Arguments.of(JwtAlgorithm.RS256, rsa.replace("PUBLIC KEY", "CERTIFICATE"), "damaged certificate"),
                Arguments.of(JwtAlgorithm.RS256, rsa.substring(0, 200), "no public key in PEM form"),
                Arguments.of(JwtAlgorithm.RS256, rsa.replaceFirst("\n....", "\n"), "needs an RSA key"),
                Arguments.of(JwtAlgorithm.ES256, ecWithX("AQ".repeat(40)), "no point on the curve P-256"),
                Arguments.of(JwtAlgorithm.RS256, "canary-4711", "no public key in PEM form"),
                Arguments.of(JwtAlgorithm.RS256, "{\"keys\":[]}", "without a key for RS256"),
                Arguments.of(JwtAlgorithm.RS256, "{\"keys\":\"canary-4711\"}", "no public key in PEM form"));
    }

    @ParameterizedTest
    @MethodSource
    void refusedPublicKeys(JwtAlgorithm algorithm, String material, String problem) {
        assertThatThrownBy(() -> keys(algorithm, material))
                .isInstanceOf(InvalidJwtKeyException.class)
                .hasMessageContaining(problem)
                .hasMessageNotContaining("canar")
                .hasNoCause();
    }

    private static String ecWithX(String x) {
        return "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" + x + "\",\"y\":\"AQ\"}";
    }

    private static String number(BigInteger number, int length) {
        byte[] bytes = number.toByteArray();
        byte[] fixed = new byte[length];
        int from = Math.max(0, bytes.length - length);
        System.arraycopy(bytes, from, fixed, length - (bytes.length - from), bytes.length - from);
        return MadeToken.encode(fixed);
    }

    private static String ecJwk(ECPublicKey key, @Nullable String keyId, String more) {
        return "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" + number(key.getW().getAffineX(), 32) + "\",\"y\":\""
                + number(key.getW().getAffineY(), 32) + "\"" + (keyId == null ? "" : ",\"kid\":\"" + keyId + "\"")
                + more
                + "}";
    }

    private static String es256(KeyPair pair, @Nullable String keyId) {
        return MadeToken.of(
                JwtAlgorithm.ES256,
                pair.getPrivate(),
                "{\"alg\":\"ES256\"" + (keyId == null ? "" : ",\"kid\":\"" + keyId + "\"") + "}",
                PAYLOAD);
    }

    @Test
    void tokenChoosesTheKeyOfASetByItsKid() throws Exception {
        KeyPair one = MadeToken.newPair(JwtAlgorithm.ES256);
        KeyPair two = MadeToken.newPair(JwtAlgorithm.ES256);
        RSAPublicKey rsa = (RSAPublicKey) MadeToken.pair(JwtAlgorithm.RS256).getPublic();
        String set = "{\"keys\":[" + ecJwk((ECPublicKey) one.getPublic(), "one", ",\"use\":\"sig\"") + ","
                + ecJwk((ECPublicKey) two.getPublic(), "two", ",\"alg\":\"ES256\",\"key_ops\":[\"verify\"]") + ","
                + "{\"kty\":\"RSA\",\"kid\":\"three\",\"n\":\""
                + MadeToken.encode(rsa.getModulus().toByteArray())
                + "\",\"e\":\"AQAB\"},{\"kty\":\"future\"}]}";
        JwtKeys keys = keys(JwtAlgorithm.ES256, set);

        assertThat(verifies(keys, es256(one, "one"))).isTrue();
        assertThat(verifies(keys, es256(two, "two"))).isTrue();
        assertThat(verifies(keys, es256(one, "two"))).isFalse();
        assertThat(verifies(keys, es256(one, "other"))).isFalse();
        assertThat(verifies(keys, es256(one, null)))
                .as("without kid, and with a choice")
                .isFalse();
        assertThat(verifies(
                        keys(JwtAlgorithm.RS256, set),
                        MadeToken.of(
                                JwtAlgorithm.RS256,
                                MadeToken.pair(JwtAlgorithm.RS256).getPrivate(),
                                PAYLOAD)))
                .as("without kid, and the set has one key of the kind")
                .isTrue();
    }

    @Test
    void singleKeyInJsonIsRead() throws Exception {
        KeyPair pair = MadeToken.newPair(JwtAlgorithm.ES256);
        JwtKeys keys = keys(JwtAlgorithm.ES256, " " + ecJwk((ECPublicKey) pair.getPublic(), "one", ""));

        assertThat(verifies(keys, es256(pair, "one"))).isTrue();
        assertThat(verifies(keys, es256(pair, null))).isTrue();
        assertThat(verifies(keys, es256(pair, "two"))).isFalse();
    }

    @Test
    void singleKeyWithoutAKidVerifiesTokensWithAnyKid() throws Exception {
        KeyPair pair = MadeToken.newPair(JwtAlgorithm.ES256);
        String jwk = ecJwk((ECPublicKey) pair.getPublic(), null, "");
        String other = ecJwk((ECPublicKey) MadeToken.pair(JwtAlgorithm.ES256).getPublic(), null, "");

        for (String material : new String[] {jwk, "{\"keys\":[" + jwk + "]}"}) {
            JwtKeys keys = keys(JwtAlgorithm.ES256, material);
            assertThat(verifies(keys, es256(pair, "one"))).isTrue();
            assertThat(verifies(keys, es256(pair, null))).isTrue();
            assertThat(verifies(keys, es256(MadeToken.newPair(JwtAlgorithm.ES256), "one")))
                    .isFalse();
        }
        assertThat(verifies(keys(JwtAlgorithm.ES256, "{\"keys\":[" + jwk + "," + other + "]}"), es256(pair, "one")))
                .as("a set of several has to name them")
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ",\"use\":\"enc\"",
                ",\"alg\":\"ES384\"",
                ",\"alg\":\"ECDH-ES\"",
                ",\"key_ops\":[\"sign\"]",
                ",\"key_ops\":[]",
                ",\"key_ops\":\"verify-not\""
            })
    void keyThatIsMeantForSomethingElseIsNotUsed(String more) {
        ECPublicKey key = (ECPublicKey) MadeToken.pair(JwtAlgorithm.ES256).getPublic();
        assertThatThrownBy(() -> keys(JwtAlgorithm.ES256, "{\"keys\":[" + ecJwk(key, null, more) + "]}"))
                .hasMessageContaining("key for ES256");
    }

    @Test
    void privateKeyAndPointOffTheCurveAreRefused() {
        ECPublicKey key = (ECPublicKey) MadeToken.pair(JwtAlgorithm.ES256).getPublic();
        assertThatThrownBy(() -> keys(JwtAlgorithm.ES256, ecJwk(key, null, ",\"d\":\"AQAB\"")))
                .hasMessageContaining("private key");
        assertThatThrownBy(() -> keys(JwtAlgorithm.ES256, ecWithX("AQ"))).hasMessageContaining("key for ES256");
        assertThatThrownBy(() -> keys(JwtAlgorithm.EDDSA, "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AQ\"}"))
                .hasMessageContaining("no Ed25519 or Ed448 key");
        assertThatThrownBy(() -> keys(JwtAlgorithm.RS256, "{\"kty\":\"RSA\",\"n\":\"!\",\"e\":\"AQAB\"}"))
                .hasMessageContaining("no field 'n' in base64url");
    }

    @Test
    void setOfTooManyKeysIsRefused() {
        String key = "{\"kty\":\"oct\",\"k\":\"AQAB\"},";
        String set = "{\"keys\":[" + key.repeat(64) + "{\"kty\":\"oct\",\"k\":\"AQAB\"}]}";
        assertThatThrownBy(() -> keys(JwtAlgorithm.HS256, set)).hasMessageContaining("more than 64 keys");
    }

    @Test
    void sharedSecretOfASetIsUsed() throws Exception {
        String set = "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"" + MadeToken.encode(LONG_SECRET) + "\"}]}";
        String header = "{\"alg\":\"HS256\",\"kid\":\"a\"}";
        String token = MadeToken.of(JwtAlgorithm.HS256, MadeToken.secret(LONG_SECRET), header, PAYLOAD);

        assertThat(verifies(keys(JwtAlgorithm.HS256, set), token)).isTrue();
        try (Secret literal = Secret.ofUtf8(set)) {
            assertThat(verifies(JwtKeys.of(JwtAlgorithm.HS256, literal, false, false, NativeSignatures.NONE), token))
                    .as("a literal is taken as it is, as in APISIX")
                    .isFalse();
        }
    }

    @Test
    void secretThatIsJsonByChanceIsASecret() throws Exception {
        for (String secret : new String[] {"{\"a\":1}", "{not json", "{}"}) {
            assertThat(verifies(
                            keys(JwtAlgorithm.HS256, secret),
                            MadeToken.of(JwtAlgorithm.HS256, MadeToken.secret(secret), PAYLOAD)))
                    .isTrue();
        }
    }

    @Test
    void printsNoKey() throws Exception {
        assertThat(keys(JwtAlgorithm.HS256, LONG_SECRET)).hasToString("JwtKeys[HS256, 1]");
    }
}
