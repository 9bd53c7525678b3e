package dev.secretproviders.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class SecretTest {

    @Test
    void printsStarsOnly() {
        assertThat(Secret.ofUtf8("hunter2")).hasToString("***");
        assertThat(String.format("%s", Secret.ofUtf8("hunter2"))).isEqualTo("***");
    }

    @Test
    void revealsItsValueWithEveryCharacter() {
        assertThat(Secret.ofUtf8("pä漢\uD83D\uDD11\n").reveal()).isEqualTo("pä漢\uD83D\uDD11\n");
    }

    @Test
    void closingWipesTheBytes() {
        byte[] bytes = "hunter2".getBytes(StandardCharsets.UTF_8);
        Secret secret = Secret.owning(bytes);

        secret.close();

        assertThat(bytes).containsOnly(0);
        assertThatIllegalStateException().isThrownBy(secret::reveal);
    }

    @Test
    void matchesBySameBytesOnly() {
        Secret secret = Secret.ofUtf8("hunter2");

        assertThat(secret.matches(Secret.ofUtf8("hunter2"))).isTrue();
        assertThat(secret.matches(Secret.ofUtf8("hunter3"))).isFalse();
        assertThat(secret.matches(Secret.ofUtf8("hunter"))).isFalse();
    }

    /** Equality by content would leak it by timing, and would put secrets into maps as keys. */
    @Test
    void isEqualToItselfOnly() {
        assertThat(Secret.ofUtf8("hunter2")).isNotEqualTo(Secret.ofUtf8("hunter2"));
    }
}
