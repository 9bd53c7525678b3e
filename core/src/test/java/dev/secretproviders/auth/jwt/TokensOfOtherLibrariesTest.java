package dev.secretproviders.auth.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tokens made by PyJWT, by jose of npm, and by openssl. {@code core/src/test/tokens/make} made them, with keys that it
 * threw away.
 */
class TokensOfOtherLibrariesTest {
    private static final JsonNode MADE = made();

    private static JsonNode made() {
        try (InputStream file =
                Objects.requireNonNull(TokensOfOtherLibrariesTest.class.getResourceAsStream("tokens.json"))) {
            return JsonMapper.shared().readTree(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static Stream<Arguments> tokens() {
        return MADE.get("tokens")
                .propertyStream()
                .flatMap(maker -> maker.getValue()
                        .propertyStream()
                        .map(token -> argumentSet(
                                maker.getKey() + " " + token.getKey(),
                                JwtAlgorithm.named(token.getKey()).orElseThrow(),
                                token.getValue().asString())));
    }

    private static JwtKeys keys(JwtAlgorithm algorithm, NativeSignatures by) throws InvalidJwtKeyException {
        try (Secret material = Secret.ofUtf8(
                algorithm.symmetric()
                        ? MADE.get("secret").asString()
                        : MADE.get("keys").get(keyName(algorithm)).asString())) {
            return JwtKeys.of(algorithm, material, algorithm.symmetric(), false, by);
        }
    }

    private static String keyName(JwtAlgorithm algorithm) {
        return switch (algorithm.family()) {
            case RSA, RSA_PSS -> "RSA";
            case EDWARDS_CURVE -> "Ed25519";
            case ELLIPTIC_CURVE -> EllipticCurve.of(algorithm).jwkName();
            case HMAC -> throw new IllegalArgumentException();
        };
    }

    private static CompactJws parse(String token) {
        byte[] bytes = token.getBytes(StandardCharsets.US_ASCII);
        return Objects.requireNonNull(CompactJws.parse(bytes, 0, bytes.length));
    }

    @ParameterizedTest
    @MethodSource("tokens")
    void tokenIsVerifiedByTheKeyInPem(JwtAlgorithm algorithm, String token) throws Exception {
        CompactJws jws = parse(token);

        assertThat(BothVerifiers.agree(by -> keys(algorithm, by).verify(jws) != null))
                .isTrue();
        JwtClaims claims = Objects.requireNonNull(JwtClaims.parse(jws.payload(), "key"));
        assertThat(claims.key()).isEqualTo("jack");
        assertThat(claims.hold(Set.of(JwtClaims.TimeClaim.EXP, JwtClaims.TimeClaim.NBF), 1_800_000_000, 0))
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("tokens")
    void tokenIsVerifiedByTheKeySetOfJose(JwtAlgorithm algorithm, String token) throws Exception {
        try (Secret set = Secret.ofUtf8(MADE.get("jwks").toString())) {
            assertThat(BothVerifiers.agree(
                            by -> JwtKeys.of(algorithm, set, false, true, by).verify(parse(token)) != null))
                    .isTrue();
        }
    }

    @Test
    void tokenIsVerifiedByACertificate() throws Exception {
        try (Secret certificate = Secret.ofUtf8(MADE.get("certificate").asString())) {
            for (JsonNode maker : MADE.get("tokens")) {
                CompactJws jws = parse(maker.get("ES256").asString());
                assertThat(BothVerifiers.agree(by -> JwtKeys.of(JwtAlgorithm.ES256, certificate, false, false, by)
                                        .verify(jws)
                                != null))
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tokens")
    void tokenIsRefusedByAnotherKey(JwtAlgorithm algorithm, String token) throws Exception {
        try (Secret other = Secret.ofUtf8(
                algorithm.symmetric()
                        ? "0123456789abcdef0123456789abcdef"
                        : MadeToken.pem(MadeToken.pair(algorithm).getPublic()))) {
            assertThat(BothVerifiers.agree(
                            by -> JwtKeys.of(algorithm, other, false, false, by).verify(parse(token)) != null))
                    .isFalse();
        }
    }
}
