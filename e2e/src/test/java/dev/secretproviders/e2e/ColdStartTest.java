package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.OpenBao;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A runner that knows nothing starts with thousands of references to a real OpenBao. What it does there is measured in front of
 * it. {@code -Dcold-start.references=10000} is the run that docs/contributing/performance-notes.md tells of.
 */
class ColdStartTest {
    private static final int REFERENCES = Integer.getInteger("cold-start.references", 2_000);
    private static final int CONCURRENCY = 8;
    private static final String DATA = "/v1/kv/data/apisix/";

    @TempDir
    Path directory;

    @Test
    void allAreResolvedInOrderWithinTheConcurrencyLimitAndTheBudget() throws Exception {
        // More than half of them are let through at once, the others as the budget flows in.
        int budget = REFERENCES * 12 / 5;
        RunnerProcess.consumers(
                directory,
                IntStream.range(0, REFERENCES)
                        .mapToObj(i -> "  - {username: %s, plugins: {key-auth: {key: $secret://vault/prod/%s/key}}}"
                                .formatted(name(i), name(i)))
                        .collect(Collectors.joining("\n", "consumers:\n", "\n")));
        // Not in memory: with thousands of secrets OpenBao takes some milliseconds for each request then.
        try (OpenBao bao = OpenBao.startPersistent();
                MeasuringProxy proxy = new MeasuringProxy(bao.uri())) {
            bao.enableKv("kv", 2);
            for (int i = 0; i < REFERENCES; i++) {
                bao.kvPut("kv", 2, "apisix/" + name(i), Map.of("key", key(i)));
            }
            String yaml = RunnerProcess.consumersFromFile(directory) + """
                    providers:
                      vault:
                        prod:
                          uri: %s
                          prefix: kv/apisix
                          token: $env://TOKEN_OF_TEST
                          max_concurrency: %d
                          cache: {ttl: 10m}
                          budget: {fetches_per_minute: %d}
                    """.formatted(proxy.uri(), CONCURRENCY, budget);
            long launched = System.nanoTime();
            try (RunnerProcess runner = RunnerProcess.launch(
                    directory,
                    yaml,
                    Map.of("TOKEN_OF_TEST", bao.rootToken()),
                    RunnerProcess.freePort(),
                    RunnerCommand.asDocumented())) {
                await("every secret to be asked for")
                        .atMost(Duration.ofMinutes(4))
                        .pollInterval(Duration.ofMillis(100))
                        .until(() -> asked(proxy).size() >= REFERENCES);
                await("the last one to be usable")
                        .atMost(Duration.ofMinutes(1))
                        .pollInterval(Duration.ofMillis(100))
                        .until(() -> runner.statusFor(key(REFERENCES - 1)) == 200);
                Duration took = Duration.ofNanos(System.nanoTime() - launched);
                List<String> asked = asked(proxy);
                int requests = proxy.arrivals().size();

                assertThat(asked).as("one request for each secret").doesNotHaveDuplicates();
                int late = 0;
                for (int position = 0; position < asked.size(); position++) {
                    int index = Integer.parseInt(asked.get(position).substring(1));
                    int away = Math.abs(index - position);
                    late += away > 2 * CONCURRENCY ? 1 : 0;
                    // A thread that waits for a processor between its turn and its request lets others pass.
                    assertThat(away)
                            .as("%s was asked for at place %d", asked.get(position), position)
                            .isLessThanOrEqualTo(100 * CONCURRENCY);
                }
                assertThat(late).as("requests out of order").isLessThanOrEqualTo(REFERENCES / 100);
                assertThat(proxy.mostOpen()).isLessThanOrEqualTo(CONCURRENCY);
                assertThat(proxy.mostWithin(Duration.ofMinutes(1))).isLessThanOrEqualTo(budget);
                await("all to be usable, and shown")
                        .atMost(Duration.ofSeconds(30))
                        .ignoreExceptions()
                        .untilAsserted(() -> assertThat(runner.metric("secret_providers_references", "state=\"fresh\""))
                                .isEqualTo(REFERENCES));
                assertThat(runner.metric("secret_providers_provider_requests_total", "vault/prod"))
                        .as("what the runner counts is what arrived")
                        .isEqualTo(requests);
                for (int i = 0; i < REFERENCES; i += REFERENCES / 20) {
                    assertThat(runner.statusFor(key(i))).isEqualTo(200);
                }
                double heap = runner.metric("jvm_memory_used_bytes", "area=\"heap\"") / (1 << 20);
                assertThat(heap).as("MiB of heap").isPositive().isLessThan(512);
                System.out.printf(
                        Locale.ROOT,
                        "cold start: %d references, budget %d per minute: all resolved %.1f s after the launch; %d requests,"
                                + " at most %d at a time and %d in a minute; first to last %.1f s; heap used %.0f MiB%n",
                        REFERENCES,
                        budget,
                        took.toMillis() / 1e3,
                        requests,
                        proxy.mostOpen(),
                        proxy.mostWithin(Duration.ofMinutes(1)),
                        (proxy.arrivals().getLast().at()
                                        - proxy.arrivals().getFirst().at())
                                / 1e9,
                        heap);
            }
        }
    }

    private static List<String> asked(MeasuringProxy proxy) {
        return proxy.arrivals().stream()
                .map(MeasuringProxy.Arrival::path)
                .filter(path -> path.startsWith(DATA))
                .map(path -> path.substring(DATA.length()))
                .toList();
    }

    private static String name(int i) {
        return String.format(Locale.ROOT, "c%05d", i);
    }

    private static String key(int i) {
        return "the-key-of-consumer-" + name(i);
    }
}
