package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.e2e.FollowedEvents.Heard;
import dev.secretproviders.gateway.RawConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The events and answers of a packaged runner to the companion, for everything that ends a verdict. */
class CompanionProtocolTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final int REVOCATIONS = 30;
    /** Generous, since other tests may use the processors; the measured time is printed. */
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private static final String JACK = """
              - username: jack
                plugins: {key-auth: {key: $secret://local/own/jack/key}}
            """;
    private static final String ANNA = """
              - username: anna
            """;
    private static final String ANNAS = """
              - {id: anna/credentials/k1, plugins: {key-auth: {key: the-key-of-anna}}}
            """;

    @TempDir
    Path directory;

    private RunnerProcess start() throws IOException {
        return RunnerProcess.start(directory, RunnerProcess.consumersFromFile(directory), Map.of());
    }

    private RawConnection connect() throws IOException {
        return RawConnection.open(RunnerProcess.socket(directory));
    }

    private static JsonNode ask(RawConnection raw, String key) throws IOException {
        return JsonMapper.shared().readTree(raw.verdict(key.getBytes(StandardCharsets.UTF_8), SOON));
    }

    private static void assertAccepted(JsonNode verdict, Heard since, String consumer) {
        assertThat(verdict.path("verdict").asString()).as(verdict.toString()).isEqualTo("accepted");
        assertThat(verdict.path("consumer").asString()).isEqualTo(consumer);
        assertThat(verdict.path("sequence").asLong()).isGreaterThanOrEqualTo(since.sequence());
    }

    private static void assertRefused(JsonNode verdict, Heard since) {
        assertThat(verdict.path("verdict").asString()).as(verdict.toString()).isEqualTo("refused");
        assertThat(verdict.path("reason").asString()).isEqualTo("invalid_key");
        assertThat(verdict.path("sequence").asLong()).isGreaterThanOrEqualTo(since.sequence());
    }

    @Test
    void whateverEndsAVerdictIsToldAndAskingAgainTellsTheTruth() throws Exception {
        RunnerProcess.consumers(directory, "consumers:\n" + JACK + ANNA);
        try (RunnerProcess runner = start();
                AdminClient admin = runner.admin();
                RawConnection raw = connect();
                FollowedEvents events = FollowedEvents.open(directory)) {
            admin.put("/admin/providers/local/own", "{'rotation': {'overlap': '2s'}}")
                    .expect(201);
            admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'the-first-key-of-jack'}}")
                    .expect(201);
            runner.awaitStatus(200, "the-first-key-of-jack");
            events.skip();
            JsonNode first = ask(raw, "the-first-key-of-jack");
            assertThat(first.path("epoch").asString()).isEqualTo(events.epoch());
            assertThat(first.path("consumer").asString()).isEqualTo("jack");
            assertThat(first.has("credential")).isFalse();

            admin.put("/admin/secrets/own/jack", "{'fields': {'key': 'the-second-key-of-jack'}}")
                    .expect(200);
            Heard rotation = events.touching("jack");
            assertAccepted(ask(raw, "the-second-key-of-jack"), rotation, "jack");
            JsonNode old = ask(raw, "the-first-key-of-jack");
            assertAccepted(old, rotation, "jack");
            assertThat(old.path("ttl_ms").asLong()).as("the overlap").isBetween(1L, 2_000L);

            Heard endOfOverlap = events.touching("jack");
            assertRefused(ask(raw, "the-first-key-of-jack"), endOfOverlap);
            assertAccepted(ask(raw, "the-second-key-of-jack"), endOfOverlap, "jack");

            RunnerProcess.consumers(directory, "consumers:\n" + JACK + ANNA + ANNAS);
            runner.awaitStatus(200, "the-key-of-anna");
            JsonNode annas = ask(raw, "the-key-of-anna");
            assertAccepted(annas, endOfOverlap, "anna");
            assertThat(annas.path("credential").asString()).isEqualTo("k1");
            assertThat(annas.has("ttl_ms")).isFalse();

            admin.post("/admin/revoke", "{'reference': '$secret://local/own/jack/key', 'reason': 'it leaked'}")
                    .expect(200);
            Heard revocation = events.touching("jack");
            assertRefused(ask(raw, "the-second-key-of-jack"), revocation);

            RunnerProcess.consumers(directory, "consumers:\n" + JACK);
            Heard removed = events.touching("anna");
            assertRefused(ask(raw, "the-key-of-anna"), removed);

            assertThat(runner.metric("secret_providers_verdicts_total", "accepted"))
                    .isEqualTo(5);
            assertThat(runner.metric("secret_providers_event_followers", "")).isEqualTo(1);
            assertThat(runner.metric("secret_providers_event_stream_up", "")).isEqualTo(1);
            assertThat(runner.metric("secret_providers_event_stream_total", "\"published\""))
                    .isGreaterThanOrEqualTo(5);
            assertThat(runner.get("/actuator/prometheus") + runner.log())
                    .doesNotContain("the-second-key-of-jack", "the-key-of-anna");
        }
    }

    @Test
    void revocationIsToldByTheTimeThatItIsAcknowledged() throws Exception {
        RunnerProcess.consumers(directory, "consumers:\n" + JACK);
        long[] lateness = new long[REVOCATIONS];
        try (RunnerProcess runner = start();
                AdminClient admin = runner.admin();
                RawConnection raw = connect();
                FollowedEvents events = FollowedEvents.open(directory)) {
            admin.put("/admin/providers/local/own", "{}").expect(201);
            for (int i = 0; i < REVOCATIONS; i++) {
                String key = "the-key-of-jack-number-" + i;
                admin.put("/admin/secrets/own/jack", "{'fields': {'key': '" + key + "'}}");
                runner.awaitStatus(200, key);
                events.skip();
                admin.post("/admin/revoke", "{'reference': '$secret://local/own/jack/key', 'version': 'all'}")
                        .expect(200);
                long acknowledged = System.nanoTime();
                Heard told = events.touching("jack");
                lateness[i] = Math.max(0, told.at() - acknowledged);
                assertRefused(ask(raw, key), told);
                restore(admin);
            }
        }
        long[] sorted = LongStream.of(lateness).sorted().toArray();
        System.out.printf(
                "from the acknowledgement of a revocation to its event: half within %d us, all within %d us%n",
                sorted[REVOCATIONS / 2] / 1_000, sorted[REVOCATIONS - 1] / 1_000);
        assertThat(Duration.ofNanos(sorted[REVOCATIONS - 1])).isLessThan(LONGEST);
    }

    private static void restore(AdminClient admin) {
        JsonNode all = admin.get("/admin/revocations").expect(200).json();
        for (JsonNode entry : all.path("list")) {
            admin.delete("/admin/revocations/" + entry.at("/value/id").asString())
                    .expect(204);
        }
    }

    @Test
    void requestsAreServedWithoutTheStreamAndHealthSaysWhy() throws Exception {
        RunnerProcess.consumers(directory, "consumers:\n" + ANNA + ANNAS);
        Path taken = Files.createDirectory(Path.of(RunnerProcess.socket(directory) + ".events"));
        try (RunnerProcess runner = start();
                RawConnection raw = connect()) {
            runner.awaitStatus(200, "the-key-of-anna");
            assertThat(ask(raw, "the-key-of-anna").path("verdict").asString()).isEqualTo("accepted");
            assertThat(runner.get("/actuator/health")).contains("the event stream of the companion is not served");
            assertThat(runner.metric("secret_providers_event_stream_up", "")).isZero();
            assertThat(runner.log()).contains("the event stream is not served, requests are");

            Files.delete(taken);
            await().atMost(SOON).until(() -> Files.exists(taken));
            try (FollowedEvents events = FollowedEvents.open(directory)) {
                assertThat(events.epoch()).isNotEmpty();
            }
            assertThat(runner.get("/actuator/health")).doesNotContain("the event stream");
        }
    }

    @Test
    void streamEndsWithTheRunnerAndTheNextOneHasAnotherEpoch() throws Exception {
        RunnerProcess.consumers(directory, "consumers:\n" + JACK);
        Path eventSocket = Path.of(RunnerProcess.socket(directory) + ".events");
        String epoch;
        try (RunnerProcess runner = start();
                FollowedEvents events = FollowedEvents.open(directory)) {
            epoch = events.epoch();
            runner.terminate();
            assertThat(events.ends()).isTrue();
            assertThat(eventSocket).doesNotExist();
        }
        try (RunnerProcess killed = start();
                FollowedEvents events = FollowedEvents.open(directory)) {
            assertThat(events.epoch()).isNotEqualTo(epoch);
            killed.kill();
            assertThat(events.ends()).isTrue();
            assertThat(Files.exists(eventSocket)).as("left behind").isTrue();
        }
        try (RunnerProcess _ = start();
                FollowedEvents events = FollowedEvents.open(directory)) {
            assertThat(events.epoch()).isNotEqualTo(epoch);
        }
    }
}
