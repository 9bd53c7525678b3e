package dev.secretproviders.auth.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** Hostile tokens: whatever arrives is refused without an exception, and no changed token is accepted. */
class MalformedTokensTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private static final Map<JwtAlgorithm, List<JwtKeys>> KEYS = new ConcurrentHashMap<>();
    private static final Map<JwtAlgorithm, String> TOKENS = new ConcurrentHashMap<>();

    private static List<JwtKeys> keys(JwtAlgorithm algorithm) {
        return KEYS.computeIfAbsent(algorithm, key -> {
            List<JwtKeys> keys = new ArrayList<>();
            try (Secret material = Secret.ofUtf8(
                    algorithm.symmetric()
                            ? SECRET
                            : MadeToken.pem(MadeToken.pair(algorithm).getPublic()))) {
                for (NativeSignatures by : BothVerifiers.each()) {
                    keys.add(JwtKeys.of(algorithm, material, false, false, by));
                }
                return keys;
            } catch (InvalidJwtKeyException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static byte[] good(JwtAlgorithm algorithm) {
        return TOKENS.computeIfAbsent(
                        algorithm,
                        key -> MadeToken.of(
                                algorithm,
                                algorithm.symmetric()
                                        ? MadeToken.secret(SECRET)
                                        : MadeToken.pair(algorithm).getPrivate(),
                                "{\"key\":\"jack\",\"exp\":1}"))
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static boolean verifies(JwtAlgorithm algorithm, byte[] token) {
        CompactJws jws = CompactJws.parse(token, 0, token.length);
        @Nullable JwtClaims _ = jws == null ? null : JwtClaims.parse(jws.payload(), "key");
        if (jws == null) {
            return false;
        }
        List<Boolean> answers = keys(algorithm).stream()
                .map(keys -> keys.verify(jws) != null)
                .distinct()
                .toList();
        assertThat(answers).as("both verifiers agree").hasSize(1);
        return answers.getFirst();
    }

    @Property(tries = 3000)
    void anyBytesAreRefusedQuietly(@ForAll byte[] bytes, @ForAll JwtAlgorithm algorithm) {
        assertThat(verifies(algorithm, bytes)).isFalse();
    }

    @Property(tries = 3000)
    void anyPartsAreRefusedQuietly(@ForAll("documents") String token, @ForAll JwtAlgorithm algorithm) {
        assertThat(verifies(algorithm, token.getBytes(StandardCharsets.UTF_8))).isFalse();
    }

    @Provide
    Arbitrary<String> documents() {
        Arbitrary<String> json = Arbitraries.of(
                        "{",
                        "}",
                        "[",
                        "]",
                        ":",
                        ",",
                        "\"alg\"",
                        "\"kid\"",
                        "\"exp\"",
                        "\"HS256\"",
                        "\"none\"",
                        "1",
                        "-",
                        "1e999",
                        "null",
                        "true",
                        "\\u0000",
                        " ",
                        "\"",
                        "\u00e9",
                        "\ud83d\ude00")
                .list()
                .ofMaxSize(12)
                .map(parts -> String.join("", parts));
        Arbitrary<String> part = Arbitraries.oneOf(
                json.map(MadeToken::encode), json, Arbitraries.just(MadeToken.encode("{\"alg\":\"ES256\"}")));
        return Combinators.combine(part, part, part).as((a, b, c) -> a + "." + b + "." + c);
    }

    @Property(tries = 2000)
    void changedTokenIsRefused(@ForAll JwtAlgorithm algorithm, @ForAll int place, @ForAll byte by) {
        byte[] token = good(algorithm);
        int at = Math.floorMod(place, token.length);
        byte[] changed = token.clone();
        changed[at] = by;
        if (!Arrays.equals(changed, token)) {
            assertThat(verifies(algorithm, changed)).isFalse();
        }
        assertThat(verifies(algorithm, token)).isTrue();
    }

    @Property(tries = 1000)
    void truncatedTokenIsRefused(@ForAll JwtAlgorithm algorithm, @ForAll int length) {
        byte[] token = good(algorithm);
        assertThat(verifies(algorithm, Arrays.copyOf(token, Math.floorMod(length, token.length))))
                .isFalse();
    }
}
