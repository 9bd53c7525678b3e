package dev.secretproviders.auth.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.secretproviders.peers.TestVectors;
import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Wycheproof's attacks on signatures: tokens with their keys, and signatures in the form that tokens have. */
class WycheproofTest {
    private static JsonNode groups(String file) {
        JsonNode groups = JsonMapper.shared()
                .readTree(TestVectors.wycheproof(file).toFile())
                .get("testGroups");
        assertThat(groups).isNotEmpty();
        return groups;
    }

    /**
     * Valid tokens that we refuse: of another algorithm than the key states (346, 350), of a key for "ES521", which does
     * not exist (347, 351), and with characters that are not base64url (372, 373).
     */
    private static final Set<Integer> REFUSED_BY_US = Set.of(346, 347, 350, 351, 372, 373);

    /** Vectors about padding that lost it: they are, letter for letter, the valid token of vector 357. */
    private static final Set<Integer> WITHOUT_THEIR_FAULT = Set.of(367, 370);

    static Stream<Arguments> tokens() {
        return groups("json_web_signature_test.json").valueStream().flatMap(group -> {
            JsonNode key = group.has("public") ? group.get("public") : group.get("private");
            return group.get("tests")
                    .valueStream()
                    .filter(test ->
                            !WITHOUT_THEIR_FAULT.contains(test.get("tcId").asInt()))
                    .map(test -> argumentSet(
                            test.get("tcId") + " " + test.get("comment").asString(),
                            key,
                            test.get("jws").asString(),
                            test.get("result").asString().equals("valid")
                                    && !REFUSED_BY_US.contains(test.get("tcId").asInt())));
        });
    }

    /** Returns the algorithm that an operator would configure for a key. */
    private static String algorithm(JsonNode key) {
        String stated = key.path("alg").asString("");
        if (JwtAlgorithm.named(stated).isPresent()) {
            return stated;
        }
        return switch (key.get("kty").asString()) {
            case "EC" ->
                Map.of("P-256", "ES256", "P-384", "ES384", "P-521", "ES512")
                        .getOrDefault(key.get("crv").asString(), "ES256");
            case "oct" -> "HS256";
            case "OKP" -> "EdDSA";
            default -> "RS256";
        };
    }

    @ParameterizedTest
    @MethodSource
    void tokens(JsonNode key, String token, boolean accepted) throws Exception {
        assertThat(BothVerifiers.agree(by -> verifies(key, token, by))).isEqualTo(accepted);
    }

    private static boolean verifies(JsonNode key, String token, NativeSignatures by) {
        byte[] bytes = token.getBytes(StandardCharsets.US_ASCII);
        CompactJws jws = CompactJws.parse(bytes, 0, bytes.length);
        try (Secret material = Secret.ofUtf8("{\"keys\":[" + key + "]}")) {
            JwtKeys keys = JwtKeys.of(JwtAlgorithm.named(algorithm(key)).orElseThrow(), material, false, true, by);
            return jws != null && keys.verify(jws) != null;
        } catch (InvalidJwtKeyException e) {
            return false;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ES256, ecdsa_secp256r1_sha256_p1363_test.json",
        "ES384, ecdsa_secp384r1_sha384_p1363_test.json",
        "ES512, ecdsa_secp521r1_sha512_p1363_test.json",
        "EDDSA, ed25519_test.json",
        "EDDSA, ed448_test.json",
        "RS256, rsa_signature_2048_sha256_test.json",
        "RS384, rsa_signature_3072_sha384_test.json",
        "RS512, rsa_signature_4096_sha512_test.json",
        "PS256, rsa_pss_2048_sha256_mgf1_32_test.json",
        "PS384, rsa_pss_2048_sha384_mgf1_48_test.json",
        "PS512, rsa_pss_4096_sha512_mgf1_64_test.json"
    })
    void signatures(JwtAlgorithm algorithm, String file) throws Exception {
        int valid = 0;
        int invalid = 0;
        for (JsonNode group : groups(file)) {
            Map<NativeSignatures, JwtVerifier> verifiers = new HashMap<>();
            for (NativeSignatures by : BothVerifiers.each()) {
                verifiers.put(
                        by,
                        new JwtVerifier.Public(
                                algorithm,
                                PemKeys.read(group.get("publicKeyPem").asString(), algorithm),
                                by));
            }
            for (JsonNode test : group.get("tests")) {
                byte[] message = HexFormat.of().parseHex(test.get("msg").asString());
                byte[] signature = HexFormat.of().parseHex(test.get("sig").asString());
                boolean isVerified = BothVerifiers.agree(
                        by -> Objects.requireNonNull(verifiers.get(by)).verify(message, 0, message.length, signature));
                if (test.get("result").asString().equals("acceptable")) {
                    // By the right key, in an older form that a runtime may accept.
                    continue;
                }
                boolean isValid = test.get("result").asString().equals("valid");
                assertThat(isVerified)
                        .as("%s %s: %s", file, test.get("tcId"), test.get("comment"))
                        .isEqualTo(isValid);
                valid += isValid ? 1 : 0;
                invalid += isValid ? 0 : 1;
            }
        }
        assertThat(valid).isGreaterThanOrEqualTo(7);
        assertThat(invalid).isGreaterThan(10);
    }

    @ParameterizedTest
    @CsvSource({
        "HS256, hmac_sha256_test.json",
        "HS384, hmac_sha384_test.json",
        "HS512, hmac_sha512_test.json",
    })
    void codesOfASharedSecret(JwtAlgorithm algorithm, String file) {
        for (JsonNode group : groups(file)) {
            // A code that may be cut may also be guessed.
            boolean whole = group.get("tagSize").asInt() == algorithm.digestBits();
            for (JsonNode test : group.get("tests")) {
                byte[] message = HexFormat.of().parseHex(test.get("msg").asString());
                byte[] code = HexFormat.of().parseHex(test.get("tag").asString());
                byte[] secret = HexFormat.of().parseHex(test.get("key").asString());
                assertThat(new JwtVerifier.Shared(algorithm, secret).verify(message, 0, message.length, code))
                        .as("%s %s: %s", file, test.get("tcId"), test.get("comment"))
                        .isEqualTo(whole && test.get("result").asString().equals("valid"));
            }
        }
    }
}
