package dev.secretproviders.spi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SecretAddressTest {
    @Test
    void pathIsSplitAtASlash() {
        SecretPath path = new SecretPath("a/b/c", "7", null);

        assertThat(SecretAddress.split(path, 1)).isEqualTo(new SecretAddress(new SecretPath("a", "7", null), "b/c"));
        assertThat(SecretAddress.split(path, -1)).isEqualTo(new SecretAddress(path, null));
    }

    @Test
    void everySplitBeginsWithTheWholeSecretAndTheLongestName() {
        assertThat(SecretAddress.everySplit(new SecretPath("a/b/c", null, "s")))
                .containsExactly(
                        new SecretAddress(new SecretPath("a/b/c", null, "s"), null),
                        new SecretAddress(new SecretPath("a/b", null, "s"), "c"),
                        new SecretAddress(new SecretPath("a", null, "s"), "b/c"));
        assertThat(SecretAddress.everySplit(SecretPath.current("a")))
                .containsExactly(new SecretAddress(SecretPath.current("a"), null));
    }
}
