package dev.secretproviders.admin.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KeptReferencesTest {
    private static final SecretReference JACK = ResolverFixture.reference("jack/key");
    private static final SecretReference ROSE = ResolverFixture.reference("rose/key");

    private final ResolverFixture it = new ResolverFixture();
    private final List<Runnable> later = new ArrayList<>();
    private final KeptReferences kept = new KeptReferences(it.resolver, later::add, 2);

    @BeforeEach
    void fill() {
        for (String name : List.of("jack", "rose", "anna")) {
            it.provider.put(name, "1", "key", "canary-of-" + name);
        }
    }

    @AfterEach
    void invariantsHold() {
        end(KeptReferences.TIME);
        it.close();
    }

    private void keep(SecretReference reference, Use use) throws InterruptedException {
        try (var _ = it.resolver.visit(reference, use)) {
            // The fixture fetches on demand only, so the value is there before it is waited for.
            it.drain();
            assertThat(kept.keep(reference, use, Duration.ZERO).state()).isEqualTo(ResolutionState.FRESH);
        }
    }

    private boolean knows(String name) {
        return it.resolver.held(it.provider.id, name).current() != null;
    }

    private void end(Duration after) {
        it.skip(after);
        later.forEach(Runnable::run);
    }

    @Test
    void valueIsThereForTwoMinutesAndThenForgotten() throws Exception {
        keep(JACK, Use.DIGEST);
        assertThat(knows("jack")).isTrue();

        end(KeptReferences.TIME.minusMillis(1));
        keep(ROSE, Use.VALUE);
        assertThat(knows("jack")).isTrue();

        end(Duration.ofMillis(1));
        assertThat(knows("jack")).isFalse();
        assertThat(knows("rose")).isTrue();
        end(KeptReferences.TIME);
        assertThat(knows("rose")).isFalse();
    }

    @Test
    void timeBeginsAgainWithEachCall() throws Exception {
        keep(JACK, Use.DIGEST);
        end(KeptReferences.TIME.minusSeconds(1));
        keep(JACK, Use.DIGEST);

        end(Duration.ofSeconds(2));

        assertThat(knows("jack")).isTrue();
    }

    @Test
    void oldestEndsForOneMore() throws Exception {
        keep(JACK, Use.DIGEST);
        keep(ROSE, Use.DIGEST);
        keep(ResolverFixture.reference("anna/key"), Use.DIGEST);

        assertThat(knows("jack")).isFalse();
        assertThat(knows("rose")).isTrue();
        assertThat(knows("anna")).isTrue();
    }

    @Test
    void secretThatIsNotThereIsNotKept() throws Exception {
        SecretReference absent = ResolverFixture.reference("absent/key");
        try (var _ = it.resolver.visit(absent, Use.DIGEST)) {
            it.drain();
            assertThat(kept.keep(absent, Use.DIGEST, Duration.ZERO).state()).isEqualTo(ResolutionState.NEGATIVE);
        }

        assertThat(later).isEmpty();
        assertThat(it.resolver.held(it.provider.id, "absent").references()).isEmpty();
    }
}
