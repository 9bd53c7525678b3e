package dev.secretproviders.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Values stay in memory only for references whose owners need the value, and only while they may be used. */
class ValuesKeptTest {
    private static final String KEY = "jack/secret";
    private static final String OTHER = "jack/other";
    private static final String SIGNERS = "signers";
    private static final String INJECTORS = "injectors";

    private ResolverFixture it = new ResolverFixture();

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private void valueIsKnown() {
        it.provider.put("jack", "1", "secret", "canary-a", "other", "canary-other");
        it.want(SIGNERS, Use.VALUE, KEY);
        it.drain();
    }

    private @Nullable String value(String path) {
        ResolvedValue current = it.resolution(path).current();
        return current == null ? null : text(current);
    }

    private static @Nullable String text(ResolvedValue value) {
        return value.read(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private Secret secret(String path) {
        return Objects.requireNonNull(
                Objects.requireNonNull(it.resolution(path).current()).value());
    }

    private void rotate(String version, String value) {
        it.provider.put("jack", version, "secret", value, "other", "canary-other");
        it.resolver.refresh(it.provider.id, List.of());
        it.drain();
    }

    @Test
    void valueIsThereForWhoNeedsItAndForNobodyElse() {
        valueIsKnown();
        it.want(Resolver.CONSUMERS, Use.DIGEST, OTHER);
        it.drain();
        assertThat(value(KEY)).isEqualTo("canary-a");
        assertThat(Objects.requireNonNull(it.resolution(OTHER).current()).value())
                .isNull();
        assertThat(it.provider.timesAsked("jack"))
                .as("digests of all fields are known")
                .isEqualTo(1);
    }

    @Test
    void referenceThatOnlyNowNeedsItsValueIsUndecidedUntilTheWholeValueIsFetched() {
        it.provider.put("jack", "1", "secret", "canary-a");
        it.resolve(KEY);
        assertThat(Objects.requireNonNull(it.resolution(KEY).current()).value()).isNull();
        int changes = it.events.changes;

        it.want(SIGNERS, Use.VALUE, KEY);
        assertThat(it.state(KEY)).isEqualTo(ResolutionState.LOADING);
        assertThat(it.resolution(KEY).problem()).contains("being fetched");
        it.drain();
        assertThat(value(KEY)).isEqualTo("canary-a");
        assertThat(it.provider.calls.getLast().getFirst().knownVersion())
                .as("not a check of the version")
                .isNull();
        assertThat(it.events.changes).isGreaterThan(changes);
    }

    @Test
    void fieldThatOnlyNowNeedsItsValueLeavesTheOthersAsTheyAre() {
        valueIsKnown();
        Secret held = secret(KEY);
        it.want(INJECTORS, Use.VALUE, OTHER);
        assertThat(value(KEY)).as("while the other is fetched").isEqualTo("canary-a");
        it.drain();
        assertThat(value(OTHER)).isEqualTo("canary-other");
        assertThat(secret(KEY)).isSameAs(held);
        assertThat(held.isClosed()).isFalse();
    }

    @Test
    void valueThatCannotBeFetchedStaysUndecidedWithTheReason() {
        it.provider.put("jack", "1", "secret", "canary-a");
        it.resolve(KEY);
        it.outage(Kind.UNAVAILABLE);
        it.want(SIGNERS, Use.VALUE, KEY);
        it.drain();
        assertThat(it.state(KEY)).isEqualTo(ResolutionState.LOADING);
        assertThat(it.resolution(KEY).failure()).isEqualTo(Kind.UNAVAILABLE);
        it.outageEnds();
        it.pass(Duration.ofMinutes(1));
        assertThat(value(KEY)).isEqualTo("canary-a");
    }

    @Test
    void rotatedValueIsFollowedAndThePreviousOneStaysForTheOverlap() {
        valueIsKnown();
        rotate("2", "canary-b");
        assertThat(value(KEY)).isEqualTo("canary-b");
        ResolvedValue previous = it.resolution(KEY).previous().getFirst();
        assertThat(text(previous)).isEqualTo("canary-a");

        it.pass(ResolverFixture.OVERLAP.plusSeconds(3));
        assertThat(it.resolution(KEY).previous()).isEmpty();
        assertThat(Objects.requireNonNull(previous.value()).isClosed()).isTrue();
        assertThat(text(previous)).isNull();
        assertThat(value(KEY)).isEqualTo("canary-b");
    }

    @Test
    void previousVersionIsFetchedTooForAReferenceThatNeedsItsValueDuringTheOverlap() {
        it.provider.put("jack", "1", "secret", "canary-a");
        it.resolve(KEY);
        it.provider.putCreatedAt(it.clock(), "jack", "2", "secret", "canary-b");
        it.provider.putPrevious("jack", "1", "secret", "canary-a");
        it.resolver.refresh(it.provider.id, List.of());
        it.drain();
        it.want(SIGNERS, Use.VALUE, KEY);
        it.drain();
        assertThat(value(KEY)).isEqualTo("canary-b");
        assertThat(it.resolution(KEY).previous()).map(ValuesKeptTest::text).containsExactly("canary-a");
    }

    @Test
    void withoutAnOverlapTheOldValueIsThereUntilListenersHaveTheNewOne() {
        it.close();
        it = new ResolverFixture(Duration.ZERO);
        valueIsKnown();
        ResolvedValue before = Objects.requireNonNull(it.resolution(KEY).current());
        List<String> seen = new ArrayList<>();
        it.resolver.addListener(new ResolverListener() {
            @Override
            public void changed(Set<dev.secretproviders.spi.SecretReference> references) {
                seen.add(text(before) + " then " + value(KEY));
            }
        });
        rotate("2", "canary-b");
        assertThat(seen).containsExactly("canary-a then canary-b");
        assertThat(Objects.requireNonNull(before.value()).isClosed()).isTrue();
    }

    @Test
    void deletedAndRevokedValuesAreWiped() {
        valueIsKnown();
        Secret first = secret(KEY);
        it.provider.gone("jack");
        it.resolver.refresh(it.provider.id, List.of());
        it.drain();
        assertThat(it.state(KEY)).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(first.isClosed()).isTrue();

        rotate("4", "canary-b");
        Secret second = secret(KEY);
        it.resolver.deny((provider, path, version) -> version.equals("4") ? "revoked" : null);
        assertThat(it.state(KEY)).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(second.isClosed()).isTrue();
        it.resolver.refresh(it.provider.id, List.of());
        it.drain();
        assertThat(it.resolution(KEY).current()).isNull();
    }

    @Test
    void valueIsServedThroughAnOutageAndWipedWhenItIsTooOld() {
        valueIsKnown();
        Secret held = secret(KEY);
        it.outage(Kind.UNAVAILABLE);
        it.pass(ResolverFixture.STALE_TTL.minusSeconds(1));
        assertThat(it.state(KEY)).isEqualTo(ResolutionState.STALE);
        assertThat(value(KEY)).isEqualTo("canary-a");
        it.pass(Duration.ofSeconds(4));
        assertThat(it.state(KEY)).isEqualTo(ResolutionState.EXPIRED);
        assertThat(held.isClosed()).isTrue();
    }

    @Test
    void valueIsWipedWhenTheLastOwnerThatNeedsItLeavesAndDigestsStay() {
        valueIsKnown();
        it.want(INJECTORS, Use.VALUE, KEY);
        it.want(Resolver.CONSUMERS, Use.DIGEST, KEY);
        it.drain();
        Secret held = secret(KEY);

        it.want(SIGNERS, Use.VALUE);
        assertThat(held.isClosed()).as("one owner still needs it").isFalse();
        it.want(INJECTORS, Use.DIGEST, KEY);
        assertThat(held.isClosed()).isTrue();
        assertThat(it.isCurrent(KEY, "canary-a")).isTrue();
        assertThat(Objects.requireNonNull(it.resolution(KEY).current()).value()).isNull();
        assertThat(it.provider.timesAsked("jack"))
                .as("nothing had to be fetched")
                .isEqualTo(1);

        it.want(INJECTORS, Use.DIGEST);
        it.want(Resolver.CONSUMERS, Use.DIGEST);
        assertThat(it.resolver.resolutions()).isEmpty();
    }

    @Test
    void valueIsWipedWhenNobodyUsesTheSecretAnyMore() {
        valueIsKnown();
        Secret held = secret(KEY);
        it.want(SIGNERS, Use.VALUE);
        assertThat(held.isClosed()).isTrue();
    }

    @Test
    void anotherOwnersReferencesStay() {
        valueIsKnown();
        it.want(Resolver.CONSUMERS, Use.DIGEST, OTHER);
        it.want(Resolver.CONSUMERS, Use.DIGEST);
        assertThat(value(KEY)).isEqualTo("canary-a");
        assertThat(it.resolver.resolutions()).hasSize(1);
    }

    @Test
    void editedProviderGoesOnWithTheValuesOfTheOldOne() {
        valueIsKnown();
        ScriptedProvider edited = new ScriptedProvider("prod");
        edited.put("jack", "1", "secret", "canary-b");
        try (Trial trial = it.resolver.trial(new Registered(edited, ResolverFixture.policy(ResolverFixture.OVERLAP)))) {
            it.drain();
            trial.install();
        }
        assertThat(value(KEY)).isEqualTo("canary-b");
        assertThat(it.resolution(KEY).previous()).map(ValuesKeptTest::text).containsExactly("canary-a");

        ScriptedProvider silent = new ScriptedProvider("prod");
        silent.fail("jack", Kind.UNAVAILABLE);
        try (Trial trial = it.resolver.trial(new Registered(silent, ResolverFixture.policy(ResolverFixture.OVERLAP)))) {
            it.drain();
            trial.install();
        }
        assertThat(value(KEY)).as("adopted").isEqualTo("canary-b");
    }

    @Test
    void valueOfAnEditedProviderThatIsTheSameReplacesTheOldObjectOnlyAfterListenersKnow() {
        valueIsKnown();
        Secret old = secret(KEY);
        ScriptedProvider edited = new ScriptedProvider("prod");
        edited.put("jack", "1", "secret", "canary-a", "other", "canary-other");
        try (Trial trial = it.resolver.trial(new Registered(edited, ResolverFixture.policy(ResolverFixture.OVERLAP)))) {
            it.drain();
            trial.install();
        }
        assertThat(value(KEY)).isEqualTo("canary-a");
        assertThat(old.isClosed()).isTrue();
    }

    @Test
    void removedProviderLeavesNoValue() {
        valueIsKnown();
        Secret held = secret(KEY);
        it.resolver.remove(it.provider.id);
        assertThat(held.isClosed()).isTrue();
        assertThat(it.state(KEY)).isEqualTo(ResolutionState.INVALID);
    }

    @Test
    void whatIsEmptyOrItselfAReferenceIsNoValue() {
        it.provider.put("jack", "1", "secret", "", "other", "$secret://vault/prod/kate/secret");
        it.want(SIGNERS, Use.VALUE, KEY, OTHER);
        it.drain();
        assertThat(it.state(KEY)).isEqualTo(ResolutionState.NEGATIVE);
        assertThat(it.state(OTHER)).isEqualTo(ResolutionState.NEGATIVE);
    }

    @Test
    void nothingPrintsAValue() {
        valueIsKnown();
        rotate("2", "canary-b");
        Resolution resolution = it.resolution(KEY);
        ResolvedValue current = Objects.requireNonNull(resolution.current());
        assertThat(List.of(
                        resolution.toString(),
                        current.toString(),
                        current.version().toString(),
                        it.resolver.held(it.provider.id, "jack").toString(),
                        String.valueOf(it.resolver.known()),
                        it.events.told.toString()))
                .noneMatch(text -> text.contains("canary"));
    }

    @Test
    void tooManyOwnersAreRefused() {
        it.want(Resolver.CONSUMERS, Use.DIGEST);
        for (int i = 0; i < 31; i++) {
            it.resolver.retain("owner-" + i, Map.of());
        }
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> it.resolver.retain("one-more", Map.of())))
                .hasMessageContaining("one-more");
    }
}
