package dev.secretproviders.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.validity.Validity;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Credentials with limits in time, in the metrics. */
class CredentialGaugesTest {
    private final ResolverFixture it = new ResolverFixture();
    private final CredentialDirectory directory = new CredentialDirectory(it.resolver, Runnable::run, List.of());
    private final Map<String, Consumer> consumers = new HashMap<>();

    @AfterEach
    void close() {
        it.close();
    }

    private void add(String name, CredentialText key, Map<String, String> labels) {
        Validity validity = Validity.ofLabels("credential", labels::get);
        consumers.put(name, new Consumer(name, null, List.of(new Credential.KeyAuth(null, key, validity))));
    }

    private CredentialText literal(String key) {
        return new CredentialText.Literal(it.digest(key), false);
    }

    private CredentialGauges gauges() {
        directory.changed(new ConsumerSnapshot(consumers, List.of()));
        it.drain();
        return new CredentialGauges(directory, it.resolver.resolutions());
    }

    private static Map<String, Double> values(GaugeSnapshot snapshot, String label) {
        Map<String, Double> values = new HashMap<>();
        snapshot.getDataPoints().forEach(point -> values.put(point.getLabels().get(label), point.getValue()));
        return values;
    }

    @Test
    void countsOnlyCredentialsWithLimitsAndKnowsTheNextEnd() {
        Instant soon = Instant.now().plus(1, ChronoUnit.HOURS).truncatedTo(ChronoUnit.SECONDS);
        it.provider.put("rose", "1", "key", "rose-key", "expires_at", soon.toString());
        add("free", literal("free"), Map.of());
        add("jack", literal("jack"), Map.of("expires_at", soon.plusSeconds(60).toString()));
        add("rose", new CredentialText.Referenced(ResolverFixture.reference("rose/key")), Map.of());
        add("past", literal("past"), Map.of("expires_at", "1000"));
        add("off", literal("off"), Map.of("disabled", "true"));
        add("odd", literal("odd"), Map.of("expires_at", "soon"));

        assertThat(values(gauges().bounded(), "state"))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("valid", 2.0, "not_yet", 0.0, "expired", 1.0, "disabled", 1.0, "unreadable", 1.0));
        assertThat(values(gauges().ends(), "kind")).containsExactly(Map.entry("key", (double) soon.getEpochSecond()));
    }

    @Test
    void thereIsNoNextEndWhereNoneEnds() {
        add("past", literal("past"), Map.of("expires_at", "1000"));
        assertThat(gauges().ends().getDataPoints()).isEmpty();
    }
}
