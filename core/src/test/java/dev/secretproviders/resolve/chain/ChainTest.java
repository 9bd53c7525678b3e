package dev.secretproviders.resolve.chain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.provider.Registered;
import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.resolve.ScriptedProvider;
import dev.secretproviders.resolve.Trial;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A chain falls through only where the manager says that a secret never existed. */
class ChainTest {
    private static final ReferenceChain CHAIN = ReferenceChain.parse(
            "$secret://vault/prod/jack/key||$secret://vault/prod/kate/key||$secret://vault/prod/lois/key");
    private static final ReferenceChain OTHER = ReferenceChain.parse("$secret://vault/prod/jack/other");

    private final ResolverFixture it = new ResolverFixture();
    private final ValueReader reader = new ValueReader(it.resolver, "test");
    private final List<Set<ReferenceChain>> told = new ArrayList<>();

    ChainTest() {
        reader.addListener(told::add);
    }

    @AfterEach
    void invariantsHold() {
        reader.want(Set.of());
        it.close();
    }

    private void begin() {
        reader.want(List.of(CHAIN));
        it.drain();
    }

    private void refresh() {
        it.resolver.refresh(it.provider.id, List.of());
        it.drain();
    }

    private @Nullable String value(ReferenceChain chain) {
        ResolvedValue current = reader.values().current(chain);
        return current == null ? null : current.read(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private Resolution resolution() {
        return Objects.requireNonNull(reader.values().resolution(CHAIN));
    }

    @Test
    void firstThatExistsCounts() {
        it.provider.put("kate", "1", "key", "canary-k");
        it.provider.put("lois", "1", "key", "canary-l");
        begin();
        assertThat(value(CHAIN)).isEqualTo("canary-k");
        it.provider.put("jack", "1", "key", "canary-j");
        refresh();
        assertThat(value(CHAIN)).as("it exists now").isEqualTo("canary-j");
        assertThat(told).contains(Set.of(CHAIN));
    }

    @Test
    void noneExists() {
        begin();
        assertThat(value(CHAIN)).isNull();
        assertThat(resolution().state()).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(resolution().reference()).isEqualTo(CHAIN.alternatives().getLast());
    }

    @Test
    void secretThatWasDeletedOrDestroyedDoesNotFallThrough() {
        it.provider.put("lois", "1", "key", "canary-l");
        it.provider.gone("jack");
        begin();
        assertThat(value(CHAIN)).as("destroyed before this runner started").isNull();

        it.provider.put("jack", "4", "key", "canary-j");
        refresh();
        assertThat(value(CHAIN)).isEqualTo("canary-j");
        it.provider.missing("jack");
        refresh();
        assertThat(resolution().state()).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(value(CHAIN)).as("it is missing, but existed").isNull();
    }

    @Test
    void secretThatWasDeletedDoesNotFallThroughWhenTheManagerHasPurgedIt() {
        it.provider.put("lois", "1", "key", "canary-l");
        it.provider.gone("jack");
        begin();
        it.provider.missing("jack");
        refresh();
        assertThat(resolution().state()).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(value(CHAIN)).isNull();
    }

    @Test
    void fallingThroughEndsWhenTheManagerSaysThatTheSecretWasDeleted() {
        it.provider.put("lois", "1", "key", "canary-l");
        begin();
        assertThat(value(CHAIN)).isEqualTo("canary-l");
        told.clear();
        it.provider.gone("jack");
        refresh();
        assertThat(value(CHAIN)).isNull();
        assertThat(told).contains(Set.of(CHAIN));
    }

    @Test
    void secretThatAnEditedProviderCallsDeletedDoesNotFallThroughLater() {
        it.provider.put("lois", "1", "key", "canary-l");
        begin();
        ScriptedProvider edited = new ScriptedProvider("prod");
        edited.put("lois", "1", "key", "canary-l");
        edited.gone("jack");
        try (Trial trial = it.resolver.trial(new Registered(edited, ResolverFixture.policy(ResolverFixture.OVERLAP)))) {
            it.drain();
            trial.install();
        }
        edited.missing("jack");
        refresh();
        assertThat(resolution().state()).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(value(CHAIN)).isNull();
    }

    @Test
    void secretThatWasDeletedDoesNotFallThroughWhenItsProviderIsEdited() {
        it.provider.put("jack", "1", "key", "canary-j");
        begin();
        it.provider.missing("jack");
        refresh();
        ScriptedProvider edited = new ScriptedProvider("prod");
        edited.put("lois", "1", "key", "canary-l");
        try (Trial trial = it.resolver.trial(new Registered(edited, ResolverFixture.policy(ResolverFixture.OVERLAP)))) {
            it.drain();
            trial.install();
        }
        assertThat(resolution().state()).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(resolution().reference()).isEqualTo(CHAIN.first());
    }

    /** As in AWS: marked for deletion at the first answer, purged some days later. */
    @Test
    void secretThatWasPurgedDoesNotFallThroughWhenItsProviderIsEditedThen() {
        it.provider.gone("jack");
        begin();
        it.provider.missing("jack");
        refresh();
        ScriptedProvider edited = new ScriptedProvider("prod");
        edited.put("lois", "1", "key", "canary-l");
        try (Trial trial = it.resolver.trial(new Registered(edited, ResolverFixture.policy(ResolverFixture.OVERLAP)))) {
            it.drain();
            trial.install();
        }
        assertThat(resolution().reference()).isEqualTo(CHAIN.first());
        assertThat(value(CHAIN)).isNull();
    }

    @Test
    void revokedSecretDoesNotFallThrough() {
        it.provider.put("jack", "1", "key", "canary-j");
        it.provider.put("lois", "1", "key", "canary-l");
        begin();
        it.resolver.deny((provider, path, version) -> path.equals("jack") ? "revoked" : null);
        assertThat(value(CHAIN)).isNull();
        assertThat(resolution().problem()).contains("revoked");
    }

    @Test
    void secretThatCannotBeAskedAboutDoesNotFallThrough() {
        it.provider.fail("jack", Kind.PERMISSION);
        it.provider.put("lois", "1", "key", "canary-l");
        begin();
        assertThat(value(CHAIN)).isNull();
        assertThat(resolution().state()).isEqualTo(ResolutionState.LOADING);
        assertThat(resolution().failure()).isEqualTo(Kind.PERMISSION);
    }

    @Test
    void secretThatIsTooOldDoesNotFallThrough() {
        it.provider.put("jack", "1", "key", "canary-j");
        it.provider.put("lois", "1", "key", "canary-l");
        begin();
        it.provider.fail("jack", Kind.UNAVAILABLE);
        it.pass(ResolverFixture.STALE_TTL.plusSeconds(3));
        assertThat(resolution().state()).isEqualTo(ResolutionState.EXPIRED);
        assertThat(value(CHAIN)).isNull();
    }

    @Test
    void secretWithoutTheFieldDoesNotFallThrough() {
        it.provider.put("jack", "1", "kye", "canary-j");
        it.provider.put("lois", "1", "key", "canary-l");
        begin();
        assertThat(value(CHAIN)).isNull();
        assertThat(resolution().problem()).contains("no field 'key'");
    }

    @Test
    void providerThatIsNotDefinedDoesNotFallThrough() {
        ReferenceChain chain = ReferenceChain.parse("$secret://vault/nowhere/a/key||$secret://vault/prod/lois/key");
        it.provider.put("lois", "1", "key", "canary-l");
        reader.want(List.of(chain));
        it.drain();
        assertThat(Objects.requireNonNull(reader.values().resolution(chain)).state())
                .isEqualTo(ResolutionState.INVALID);
    }

    @Test
    void fieldsOfOneSecretAreOfOneVersionInOneLook() {
        it.provider.put("jack", "1", "key", "canary-1", "other", "canary-1");
        reader.want(List.of(CHAIN, OTHER));
        it.drain();
        ValueReader.Values before = reader.values();
        it.provider.put("jack", "2", "key", "canary-2", "other", "canary-2");
        refresh();
        assertThat(Objects.requireNonNull(before.current(CHAIN)).version())
                .isSameAs(Objects.requireNonNull(before.current(OTHER)).version());
        assertThat(value(CHAIN)).isEqualTo("canary-2");
        assertThat(value(OTHER)).isEqualTo("canary-2");
    }

    @Test
    void valueThatIsNoLongerWantedIsWipedAndNotRead() {
        it.provider.put("jack", "1", "key", "canary-1", "other", "canary-2");
        reader.want(List.of(CHAIN, OTHER));
        it.drain();
        ResolvedValue current = Objects.requireNonNull(reader.values().current(OTHER));
        Secret held = Objects.requireNonNull(current.value());
        reader.want(List.of(CHAIN));
        assertThat(held.isClosed()).isTrue();
        assertThat(reader.values().current(OTHER)).isNull();
        assertThat(value(CHAIN)).isEqualTo("canary-1");
    }

    @Test
    void valueEndsExactlyThoughNobodyWasToldYet() {
        it.provider.put("jack", "1", "key", "canary-1");
        begin();
        it.skip(ResolverFixture.STALE_TTL);
        assertThat(reader.values().current(CHAIN)).isNull();
        it.outage(Kind.UNAVAILABLE);
        it.pass(Duration.ofSeconds(3));
    }
}
