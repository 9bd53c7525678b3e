package dev.secretproviders.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** References with transforms. */
class TransformedReferenceTest {
    private static final String KEY = "jack/data?json=/key&trim";
    private static final String OTHER = "jack/data?json=/other&decode=base64";
    private static final String SIGNERS = "signers";

    private final ResolverFixture it = new ResolverFixture();

    @AfterEach
    void invariantsHold() {
        it.close();
    }

    private void put(String version, String key) {
        it.provider.put("jack", version, "data", "{\"key\":\" " + key + "\\n\",\"other\":\"Y2FuYXJ5\"}");
    }

    private void rotate(String version, String key) {
        put(version, key);
        it.resolver.refresh(it.provider.id, List.of());
        it.drain();
    }

    @Test
    void referencesWithDifferentTransformsShareOneFetch() {
        put("1", "canary-a");
        it.resolve(KEY, OTHER, "jack/data");
        assertThat(it.isCurrent(KEY, "canary-a")).isTrue();
        assertThat(it.isCurrent(OTHER, "canary")).isTrue();
        assertThat(it.provider.timesAsked("jack")).isEqualTo(1);
        assertThat(Objects.requireNonNull(it.resolution(KEY).current()).value()).isNull();
        assertThat(Objects.requireNonNull(it.resolution(KEY).current()).shorterThan16())
                .as("of what comes out of the transforms")
                .isTrue();
        assertThat(Objects.requireNonNull(it.resolution("jack/data").current()).shorterThan16())
                .isFalse();
    }

    @Test
    void referenceThatIsAddedLaterIsFetchedWholeOnceAndDecidedThen() {
        put("1", "canary-a");
        it.resolve(KEY);
        it.want(KEY, OTHER);
        assertThat(it.state(OTHER)).isEqualTo(ResolutionState.LOADING);
        assertThat(it.isCurrent(KEY, "canary-a")).isTrue();
        it.drain();
        assertThat(it.isCurrent(OTHER, "canary")).isTrue();
        assertThat(it.provider.timesAsked("jack")).isEqualTo(2);
        it.pass(ResolverFixture.TTL);
        assertThat(it.provider.calls.getLast().getFirst().knownVersion()).isEqualTo("1");
    }

    @Test
    void referenceThatNothingUsesCanBeLookedUp() throws InterruptedException {
        put("1", "canary-a");
        it.resolve("jack/data");
        try (Visit visit = it.resolver.visit(ResolverFixture.reference(KEY), Use.DIGEST)) {
            it.drain();
            assertThat(visit.settle(Duration.ZERO).state()).isEqualTo(ResolutionState.FRESH);
            assertThat(visit.isCurrent(Secret.ofUtf8("canary-a"))).isTrue();
        }
    }

    @Test
    void rotationIsFollowedAndAnUnchangedPartHasNoPreviousValue() {
        put("1", "canary-a");
        it.want(SIGNERS, Use.VALUE, KEY, OTHER);
        it.drain();
        rotate("2", "canary-b");
        ResolvedValue current = Objects.requireNonNull(it.resolution(KEY).current());
        assertThat(current.<String>read(bytes -> new String(bytes, StandardCharsets.UTF_8)))
                .isEqualTo("canary-b");
        assertThat(it.isPrevious(KEY, "canary-a")).isTrue();
        assertThat(it.resolution(OTHER).previousValues()).isEmpty();
        it.pass(ResolverFixture.OVERLAP);
        assertThat(it.isPrevious(KEY, "canary-a")).isFalse();
    }

    @Test
    void transformThatFailsIsNamedAndTheSecretIsNotOneThatNeverExisted() {
        it.provider.put("jack", "1", "data", "{\"kye\":\"canary\"}");
        it.resolve(KEY, "jack/data?decode=base64", "jack/nothing?trim", "jack/data?json=/kye&decode=base64");
        assertThat(it.resolution(KEY).problem()).isEqualTo("'json=/key' points at nothing in the value");
        assertThat(it.resolution("jack/data?decode=base64").problem()).contains("'decode=base64'");
        assertThat(it.resolution("jack/nothing?trim").problem()).contains("no field 'nothing'");
        assertThat(it.resolver.resolutions())
                .filteredOn(resolution -> resolution.current() == null)
                .hasSize(3)
                .allSatisfy(resolution -> {
                    assertThat(resolution.state()).isEqualTo(ResolutionState.NEGATIVE);
                    assertThat(resolution.neverExisted()).isFalse();
                    assertThat(resolution.toString()).doesNotContain("canary");
                });
        assertThat(it.provider.timesAsked("jack")).as("not asked in a loop").isEqualTo(1);

        put("2", "canary-a");
        it.pass(ResolverFixture.TTL);
        assertThat(it.isCurrent(KEY, "canary-a")).isTrue();
    }

    @Test
    void whatComesOutMustNotBeEmptyOrAReference() {
        it.provider.put("jack", "1", "data", " \n", "data2", " $env://A", "data3", "$env://A", "data4", "");
        it.resolve("jack/data?trim", "jack/data2?trim", "jack/data3?trim", "jack/data4?trim");
        assertThat(it.resolver.resolutions()).extracting(Resolution::state).containsOnly(ResolutionState.NEGATIVE);
    }

    @Test
    void referenceThatCannotBeReadDuringAnOutageStaysUndecided() {
        put("1", "canary-a");
        it.resolve("jack/data");
        it.outage(Kind.UNAVAILABLE);
        it.want("jack/data", KEY);
        it.drain();
        assertThat(it.state(KEY)).isEqualTo(ResolutionState.LOADING);
        assertThat(it.resolution("jack/data").current()).isNotNull();
        it.outageEnds();
        it.pass(Duration.ofMinutes(1));
        assertThat(it.isCurrent(KEY, "canary-a")).isTrue();
    }
}
