package dev.secretproviders.auth.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class VerifiedTokensTest {
    private final AtomicLong now = new AtomicLong();
    private final KeyDigester digester = new KeyDigester();
    private final VerifiedTokens tokens = new VerifiedTokens(now::get, 64);
    private final JwtVerifier verifier = new JwtVerifier.Shared(JwtAlgorithm.HS256, new byte[32]);

    private KeyDigest token(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return digester.digest(bytes, 0, bytes.length);
    }

    @Test
    void tokenIsRememberedUntilItEnds() {
        tokens.add(token("a"), verifier, Duration.ofSeconds(10));

        assertThat(tokens.of(token("a"))).isSameAs(verifier);
        assertThat(tokens.of(token("b"))).isNull();
        now.addAndGet(Duration.ofSeconds(10).toNanos());
        assertThat(tokens.of(token("a"))).isNull();
    }

    @Test
    void tokenWithoutEndIsVerifiedAgainAfterAnHour() {
        tokens.add(token("a"), verifier, Duration.ofDays(9999));

        now.addAndGet(Duration.ofMinutes(59).toNanos());
        assertThat(tokens.of(token("a"))).isSameAs(verifier);
        now.addAndGet(Duration.ofMinutes(1).toNanos());
        assertThat(tokens.of(token("a"))).isNull();
    }

    @Test
    void endedTokenIsNotRemembered() {
        tokens.add(token("a"), verifier, Duration.ZERO);

        assertThat(tokens.of(token("a"))).isNull();
    }

    @Test
    void laterKeyReplacesTheOneThatConfirmedBefore() {
        JwtVerifier next = new JwtVerifier.Shared(JwtAlgorithm.HS256, new byte[32]);
        tokens.add(token("a"), verifier, Duration.ofSeconds(10));
        tokens.add(token("a"), next, Duration.ofSeconds(10));

        assertThat(tokens.of(token("a"))).isSameAs(next);
    }

    @Test
    void memoryIsBounded() {
        for (int i = 0; i < 1000; i++) {
            tokens.add(token("t" + i), verifier, Duration.ofSeconds(10));
        }

        assertThat(tokens.size()).isEqualTo(64);
    }

    @Test
    void tokenThatEndsFirstMakesRoom() {
        tokens.add(token("long"), verifier, Duration.ofMinutes(50));
        for (int i = 0; i < 1000; i++) {
            tokens.add(token("t" + i), verifier, Duration.ofSeconds(10));
        }

        assertThat(tokens.of(token("long"))).isSameAs(verifier);
        now.addAndGet(Duration.ofSeconds(10).toNanos());
        assertThat(tokens.size()).isEqualTo(1);
    }
}
