package dev.secretproviders.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.SecretReference;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** References joined by {@code ||}. */
class ReferenceChainTest {
    private static final String FIRST = "$secret://vault/prod/jack/key?trim";
    private static final String SECOND = "$env://KEYS/jack?decode=base64";

    @Test
    void referencesStandInTheirOrder() {
        ReferenceChain chain = ReferenceChain.parse(FIRST + "||" + SECOND);
        assertThat(chain.alternatives()).containsExactly(SecretReference.parse(FIRST), SecretReference.parse(SECOND));
        assertThat(chain.first()).isEqualTo(SecretReference.parse(FIRST));
        assertThat(chain).hasToString(FIRST + "||" + SECOND);
    }

    @Test
    void oneReferenceIsAChain() {
        assertThat(ReferenceChain.parse(FIRST)).isEqualTo(ReferenceChain.of(SecretReference.parse(FIRST)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "$env://A||             ; 10",
                "$env://A||B            ; 10",
                "$env://A|| $env://B    ; 10",
                "$env://A||$env://1     ; 17",
                "||$env://A             ; 0",
                "$env://A||||$env://B   ; 10",
                "$env://A|||$env://B    ; 10",
                "$secret://vault/p/a?version=||$env://B ; 28"
            })
    void malformedChainIsRefusedAtItsFirstWrongCharacter(String text, int position) {
        assertThatThrownBy(() -> ReferenceChain.parse(text))
                .isInstanceOfSatisfying(
                        InvalidReferenceException.class,
                        e -> assertThat(e.position()).isEqualTo(position))
                .hasMessageContaining("at character " + (position + 1) + ": ");
    }

    @Test
    void chainHasAtMostEightReferences() {
        String eight = String.join("||", java.util.Collections.nCopies(8, "$env://A"));
        assertThat(ReferenceChain.parse(eight).alternatives()).hasSize(8);
        assertThatThrownBy(() -> ReferenceChain.parse(eight + "||$env://B")).hasMessageContaining("at most 8");
        assertThatThrownBy(() -> new ReferenceChain(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Property
    void canonicalSpellingParsesBackToAnEqualChain(@ForAll("chains") ReferenceChain chain) {
        assertThat(ReferenceChain.parse(chain.toString())).isEqualTo(chain);
    }

    @Provide
    Arbitrary<ReferenceChain> chains() {
        return Arbitraries.of(
                        "$env://A",
                        "$env://A/b|c?trim",
                        "$secret://vault/prod/a/b?version=3&json=/a%7C%7Cb/~1",
                        "$secret://aws/main/x y?decode=base64&trim&decode=base64")
                .map(SecretReference::parse)
                .list()
                .ofMinSize(1)
                .ofMaxSize(ReferenceChain.MOST)
                .map(ReferenceChain::new);
    }
}
