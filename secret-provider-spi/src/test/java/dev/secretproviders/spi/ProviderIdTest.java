package dev.secretproviders.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ProviderIdTest {

    @Test
    void isWrittenAsManagerAndId() {
        assertThat(new ProviderId("vault", "prod.1")).hasToString("vault/prod.1");
    }

    @Test
    void sortsByManagerThenById() {
        assertThat(List.of(new ProviderId("vault", "a"), new ProviderId("aws", "z"), new ProviderId("aws", "b")))
                .isNotEmpty()
                .satisfies(ids -> assertThat(ids.stream().sorted().map(ProviderId::toString))
                        .containsExactly("aws/b", "aws/z", "vault/a"));
    }

    @Test
    void partsWithCharactersThatPathsGiveAMeaningAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new ProviderId("Vault", "a"));
        assertThatIllegalArgumentException().isThrownBy(() -> new ProviderId("vault", "a/b"));
        assertThatIllegalArgumentException().isThrownBy(() -> new ProviderId("vault", ""));
        assertThatIllegalArgumentException().isThrownBy(() -> new ProviderId("vault", "a".repeat(257)));
    }
}
