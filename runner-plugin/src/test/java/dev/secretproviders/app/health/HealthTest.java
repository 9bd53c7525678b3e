package dev.secretproviders.app.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import dev.secretproviders.app.metrics.HealthMetrics;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerProblem;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.transport.route.RouteId;
import dev.secretproviders.transport.route.RouteProblem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.PingHealthIndicator;
import org.springframework.boot.health.contributor.Status;

/** Meaning and details of DOWN and DEGRADED. A single missing secret causes neither. */
class HealthTest {
    private static final Status DEGRADED = new Status("DEGRADED");
    private static final Instant HEARD = Instant.parse("2026-11-23T11:59:00Z");

    private final ResolverFixture it = new ResolverFixture();
    private final CredentialDirectory directory = new CredentialDirectory(it.resolver, Runnable::run, List.of());
    private final ProvidersHealth providers = new ProvidersHealth(it.resolver, directory, it::clock);
    private final List<RouteProblem> routes = new ArrayList<>();
    private ConsumerSource.Status source = new ConsumerSource.Status("etcd", true, HEARD, null);
    private @Nullable String eventProblem;
    private final RunnerHealth runner = new RunnerHealth(
            new RunnerHealth.Parts(directory, () -> source, () -> routes, () -> eventProblem, List.of()), it::clock);

    @AfterEach
    void close() {
        it.close();
    }

    private void consumers(String... names) {
        Map<String, Consumer> consumers = new TreeMap<>();
        for (String name : names) {
            it.provider.put(name, "1", "key", "the-key-of-" + name);
            consumers.put(name, consumer(name));
        }
        tell(consumers);
    }

    private void tell(Map<String, Consumer> consumers) {
        directory.changed(new ConsumerSnapshot(consumers, List.of()));
        it.drain();
    }

    private static Consumer consumer(String name) {
        return new Consumer(
                name,
                null,
                List.of(new Credential.KeyAuth(
                        null, new CredentialText.Referenced(ResolverFixture.reference(name + "/key")))));
    }

    private static void is(Health health, String what, int count, Instant since, String which) {
        assertThat(health.getDetails().get("degraded"))
                .asInstanceOf(LIST)
                .singleElement()
                .satisfies(one -> {
                    Map<?, ?> shown = (Map<?, ?>) one;
                    assertThat(shown.get("what")).asString().contains(what);
                    assertThat(shown.get("count")).isEqualTo(count);
                    assertThat(shown.get("since")).isEqualTo(since.toString());
                    assertThat(shown.get("which"))
                            .asInstanceOf(LIST)
                            .first()
                            .asString()
                            .contains(which);
                });
    }

    @Test
    void downAndNotReadyUntilTheConsumersAreKnown() {
        source = new ConsumerSource.Status("etcd", false, null, "etcd does not answer");

        assertThat(runner.health().getStatus()).isEqualTo(Status.DOWN);
        is(runner.health(), "every key gets 503", 1, it.clock(), "etcd does not answer");
        assertThat(new ReadyHealth(directory).health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);

        consumers("jack");
        source = new ConsumerSource.Status("etcd", true, HEARD, null);

        assertThat(runner.health().getStatus()).isEqualTo(Status.UP);
        assertThat(providers.health().getStatus()).isEqualTo(Status.UP);
        assertThat(new ReadyHealth(directory).health().getStatus()).isEqualTo(Status.UP);
    }

    @Test
    void noSourceIsUpAndASourceWithoutConsumersIsDegradedButReady() {
        tell(Map.of());
        source = new ConsumerSource.Status("none", true, HEARD, null);
        assertThat(runner.health().getStatus()).isEqualTo(Status.UP);
        assertThat(providers.health().getStatus()).isEqualTo(Status.UP);

        source = new ConsumerSource.Status("file", true, HEARD, null);
        assertThat(runner.health().getStatus()).isEqualTo(DEGRADED);
        is(runner.health(), "delivers no consumers", 1, it.clock(), "source file");
        assertThat(new ReadyHealth(directory).health().getStatus()).isEqualTo(Status.UP);
    }

    @Test
    void sourceThatIsLostIsDegradedSinceItWasHeardLast() {
        consumers("jack");
        source = new ConsumerSource.Status("etcd", true, HEARD, "etcd does not answer within 5000 ms");

        assertThat(runner.health().getStatus()).isEqualTo(DEGRADED);
        is(runner.health(), "the last known consumers stay in force", 1, HEARD, "etcd does not answer");
    }

    @Test
    void routesThatAnswerOnly503AreDegradedSinceTheyWereSeenAndNamedAsOneNamesThem() {
        consumers("jack");
        IntStream.range(0, 12).forEach(i -> routes.add(new RouteProblem(new RouteId("r" + i), "value: is not JSON")));
        Instant seen = it.clock();
        assertThat(runner.health().getStatus()).isEqualTo(DEGRADED);
        it.skip(Duration.ofMinutes(3));

        Health health = runner.health();

        is(health, "routes answer 503", 12, seen, "route r0: value: is not JSON");
        assertThat(health.getDetails().toString()).contains("and 2 more").doesNotContain("RouteId", "RouteProblem");
        routes.clear();
        assertThat(runner.health().getStatus()).isEqualTo(Status.UP);
    }

    @Test
    void eventStreamThatIsNotServedIsDegraded() {
        consumers("jack");
        eventProblem = "the place is taken";

        assertThat(runner.health().getStatus()).isEqualTo(DEGRADED);
    }

    @Test
    void oneMissingSecretAmongManyAndAConsumerThatWasLeftOutAreNoDegradation() {
        consumers("jack", "rose");
        it.provider.gone("jack");
        it.pass(ResolverFixture.TTL);
        assertThat(providers.health().getStatus()).isEqualTo(Status.UP);
        assertThat(providers.health().getDetails().toString()).contains("NEGATIVE=1", "FRESH=1");

        directory.changed(new ConsumerSnapshot(
                Map.of("rose", consumer("rose")), List.of(new ConsumerProblem("consumers/jack", "has no name"))));
        it.drain();
        assertThat(runner.health().getStatus()).isEqualTo(Status.UP);
        assertThat(runner.health().getDetails().toString()).contains("consumers/jack: has no name");
    }

    @Test
    void valuesThatWereNotConfirmedInTimeAreDegradedSinceTheirConfirmationThenSomeThenAllAreUnknown() {
        consumers("jack", "rose");
        Instant confirmed = it.clock();
        it.provider.fail("jack", ProviderException.Kind.PERMISSION);
        it.pass(ResolverFixture.TTL.plusSeconds(1));

        assertThat(providers.health().getStatus()).isEqualTo(DEGRADED);
        is(providers.health(), "did not confirm", 1, confirmed, "$secret://vault/prod/jack/key");

        it.pass(ResolverFixture.STALE_TTL);
        assertThat(providers.health().getStatus()).isEqualTo(DEGRADED);
        is(providers.health(), "requests that need them get 503", 1, it.clock(), "$secret://vault/prod/jack/key");

        it.provider.fail("rose", ProviderException.Kind.PERMISSION);
        it.pass(ResolverFixture.STALE_TTL.plus(ResolverFixture.TTL));
        assertThat(providers.health().getStatus()).isEqualTo(Status.DOWN);
        assertThat(new ReadyHealth(directory).health().getStatus()).isEqualTo(Status.UP);
    }

    @Test
    void managerThatCannotBeAskedIsDegradedAlsoWhileAllIsFresh() {
        consumers("jack");
        it.outage(ProviderException.Kind.UNAVAILABLE);
        it.resolver.refresh(it.provider.id, List.of());
        it.drain();

        assertThat(providers.health().getStatus()).isEqualTo(DEGRADED);
        is(providers.health(), "cannot be asked", 1, it.clock(), "scripted outage");
    }

    @Test
    void onlyTheRunnersOwnComponentsAreMetrics() {
        var metrics = new HealthMetrics(Map.of(
                "providersHealthIndicator",
                providers,
                "readyHealthIndicator",
                new ReadyHealth(directory),
                "pingHealthIndicator",
                new PingHealthIndicator()));
        tell(Map.of());

        assertThat(metrics.collect().getDataPoints())
                .extracting(point -> point.getLabels().get("component") + " "
                        + point.getLabels().get("status"))
                .containsExactlyInAnyOrder("providers up", "providers degraded", "providers down");
    }
}
