package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.e2e.PresentedKind.Shown;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.FaultProxy;
import dev.secretproviders.peers.OpenBao;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The life of a credential of each kind, all at the same time in one runner, each with a provider of its own: the
 * manager is down at the start, answers, fails in several ways, the secret is rotated, revoked, deleted and written
 * again, and the runner restarts during an outage. No valid request is refused, no invalid one passes, and no secret is
 * in what the runner says.
 */
@TestInstance(Lifecycle.PER_CLASS)
class FaultsByKindTest {
    /** Longer than the time to live, so that each fault is met. */
    private static final Duration FAULT = Duration.ofMillis(1500);

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String CANARY = "canary-b41c-of-";

    private static final List<Consumer<FaultProxy>> FAULTS = List.of(
            FaultProxy::refuse,
            proxy -> proxy.delay(Duration.ofSeconds(30)),
            proxy -> proxy.answer(500, "{}"),
            proxy -> proxy.answer(200, "{\"data\": {"));

    private final Map<PresentedKind, FaultProxy> proxies = new EnumMap<>(PresentedKind.class);
    private final Map<PresentedKind, Future<Shown>> lives = new EnumMap<>(PresentedKind.class);
    /** All that clients presented and all that the manager held. */
    private final Queue<String> planted = new ConcurrentLinkedQueue<>();

    private final List<String> said = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private OpenBao bao;
    private RunnerProcess runner;
    private AdminClient admin;
    private Future<Map<PresentedKind, List<Integer>>> restarted;

    private Path directory;

    @BeforeAll
    void begin(@TempDir Path own) throws Exception {
        directory = own;
        bao = OpenBao.start();
        bao.enableKv("kv", 2);
        StringBuilder providers = new StringBuilder("providers:\n  vault:\n");
        StringBuilder consumers = new StringBuilder("consumers:\n");
        for (PresentedKind kind : PresentedKind.values()) {
            FaultProxy proxy = FaultProxy.before(bao.uri());
            proxy.refuse();
            proxies.put(kind, proxy);
            providers.append(
                    "    %s: {uri: \"%s\", prefix: kv, token: $env://TOKEN_OF_TEST, timeout: 1s, cache: {ttl: 1s}, rotation: {overlap: 4s}}%n"
                            .formatted(kind.user(), proxy.uri()));
            consumers.append(
                    "  - username: %s%n    plugins: {%s}%n".formatted(kind.user(), kind.plugin(reference(kind))));
        }
        RunnerProcess.consumers(directory, consumers.toString());
        String yaml = RunnerProcess.consumersFromFile(directory) + providers;
        Map<String, String> environment =
                Map.of("TOKEN_OF_TEST", bao.rootToken(), "LOGGING_LEVEL_DEV_SECRETPROVIDERS", "TRACE");
        runner = RunnerProcess.start(directory, yaml, environment);
        admin = runner.admin();
        for (PresentedKind kind : PresentedKind.values()) {
            lives.put(kind, threads.submit(() -> live(kind)));
        }
        restarted = threads.submit(() -> restart(yaml, environment));
    }

    private static String reference(PresentedKind kind) {
        return "$secret://vault/%s/%s/secret".formatted(kind.user(), kind.user());
    }

    private Shown shown(PresentedKind kind, String version) {
        // Long enough for HS256.
        Shown shown = kind.shown(CANARY + kind.user() + "-" + version + "-0123456789");
        planted.add(shown.written());
        shown.request().headers().stream()
                .filter(header -> !header.name().equals("date"))
                .forEach(header -> planted.add(header.value()));
        return shown;
    }

    private void write(PresentedKind kind, Shown shown) {
        synchronized (proxies) {
            bao.kvPut("kv", 2, kind.user(), Map.of("secret", shown.written()));
        }
    }

    /** Returns the last secret. */
    private Shown live(PresentedKind kind) {
        FaultProxy proxy = Objects.requireNonNull(proxies.get(kind));
        Shown wrong = shown(kind, "wrong");
        Shown first = shown(kind, "first");
        write(kind, first);
        try (RunnerClient client = runner.client()) {
            assertThat(status(client, kind, first)).as("unknown yet").isEqualTo(503);
            assertThat(status(client, kind, wrong)).as("unknown yet").isEqualTo(503);
            assertThat(status(client, kind, GatewayRequest.get("/orders"))).isEqualTo(401);
            proxy.forward();
            await("the first version of " + kind).atMost(PATIENCE).until(() -> status(client, kind, first) == 200);
            for (Consumer<FaultProxy> fault : FAULTS) {
                fault.accept(proxy);
                long began = System.nanoTime();
                while (System.nanoTime() - began < FAULT.toNanos()) {
                    assertThat(status(client, kind, first)).as("during a fault").isEqualTo(200);
                    assertThat(status(client, kind, wrong)).as("during a fault").isEqualTo(401);
                }
            }
            proxy.forward();
            Shown second = shown(kind, "second");
            assertThat(status(client, kind, second)).isEqualTo(401);
            rotate(client, kind, first, second, wrong);

            admin.post("/admin/revoke", "{'reference': '" + reference(kind) + "', 'reason': 'it leaked'}")
                    .expect(200);
            await("the revocation of " + kind).atMost(PATIENCE).until(() -> status(client, kind, second) == 401);
            Shown third = shown(kind, "third");
            write(kind, third);
            await("the third version of " + kind).atMost(PATIENCE).until(() -> {
                assertThat(status(client, kind, second)).as("revoked").isEqualTo(401);
                return status(client, kind, third) == 200;
            });
            synchronized (proxies) {
                bao.kvDelete("kv", 2, kind.user());
            }
            await("the deletion of " + kind).atMost(PATIENCE).until(() -> status(client, kind, third) == 401);
            Shown last = shown(kind, "last");
            write(kind, last);
            await("the last version of " + kind).atMost(PATIENCE).until(() -> status(client, kind, last) == 200);
            assertThat(status(client, kind, wrong)).isEqualTo(401);
            return last;
        }
    }

    /** The new version begins before the old one ends; neither is refused in between, and an end is final. */
    private void rotate(RunnerClient client, PresentedKind kind, Shown before, Shown after, Shown wrong) {
        write(kind, after);
        await("the rotation of " + kind).atMost(PATIENCE).until(() -> {
            assertThat(status(client, kind, before)).as("before the rotation").isEqualTo(200);
            return status(client, kind, after) == 200;
        });
        assertThat(status(client, kind, before)).as("within the overlap").isEqualTo(200);
        await("the end of the overlap of " + kind).atMost(PATIENCE).until(() -> {
            assertThat(status(client, kind, after)).as("after the rotation").isEqualTo(200);
            assertThat(status(client, kind, wrong)).as("after the rotation").isEqualTo(401);
            return status(client, kind, before) == 401;
        });
        assertThat(status(client, kind, before)).as("after the overlap").isEqualTo(401);
    }

    private static int status(RunnerClient client, PresentedKind kind, Shown shown) {
        return status(client, kind, shown.request());
    }

    private static int status(RunnerClient client, PresentedKind kind, GatewayRequest request) {
        return RunnerProcess.status(client.call(request, kind.route()));
    }

    /** Restarts the runner while no manager can be reached; returns the answers to the last, the first and a wrong secret. */
    private Map<PresentedKind, List<Integer>> restart(String yaml, Map<String, String> environment) throws Exception {
        Map<PresentedKind, Shown> last = new EnumMap<>(PresentedKind.class);
        for (PresentedKind kind : PresentedKind.values()) {
            last.put(kind, Objects.requireNonNull(lives.get(kind)).get());
        }
        for (String path : List.of(
                "/admin/consumers", "/admin/references", "/admin/findings", "/admin/audit", "/admin/revocations")) {
            said.add(admin.get(path).text());
        }
        said.add(runner.get("/actuator/prometheus"));
        said.add(runner.get("/actuator/health"));
        runner.terminate();
        proxies.values().forEach(FaultProxy::refuse);
        runner = RunnerProcess.start(directory, yaml, environment);
        Map<PresentedKind, List<Integer>> answers = new EnumMap<>(PresentedKind.class);
        try (RunnerClient client = runner.client()) {
            last.forEach((kind, shown) -> answers.put(
                    kind,
                    List.of(
                            status(client, kind, shown),
                            status(client, kind, shown(kind, "first")),
                            status(client, kind, shown(kind, "wrong")))));
        }
        said.add(runner.get("/actuator/health"));
        said.add(runner.log());
        return answers;
    }

    @ParameterizedTest
    @EnumSource
    void validRequestsPassAndInvalidOnesDoNot(PresentedKind kind) throws Exception {
        assertThat(Objects.requireNonNull(lives.get(kind))
                        .get(2, TimeUnit.MINUTES)
                        .written())
                .isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void runnerThatRestartsDuringAnOutageDecidesAsBefore(PresentedKind kind) throws Exception {
        assertThat(restarted.get(2, TimeUnit.MINUTES).get(kind)).containsExactly(200, 401, 401);
    }

    @Test
    void decisionsAreCountedByKind() throws Exception {
        restarted.get(2, TimeUnit.MINUTES);
        for (String kind : List.of("key", "basic", "jwt", "hmac")) {
            assertThat(runner.metric("secret_providers_decisions_total", "kind=\"" + kind + "\",reason=\"accepted\""))
                    .as(kind)
                    .isPositive();
        }
        assertThat(runner.metric("secret_providers_credentials", "kind=\"jwt\""))
                .isEqualTo(2);
    }

    @Test
    void noSecretIsInWhatTheRunnerSaysAndKeeps() throws Exception {
        restarted.get(2, TimeUnit.MINUTES);
        try (Stream<Path> files = Files.walk(directory.resolve("secret-providers-data"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                said.add(read(file));
            }
        }
        String all = String.join("\n", said);
        assertThat(all).contains("\"level\":\"DEBUG\"").contains(PresentedKind.KEY.user());
        assertThat(planted.stream().distinct().filter(all::contains)).isEmpty();
        assertThat(all).doesNotContain(CANARY);
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    @AfterAll
    void end() throws Exception {
        for (AutoCloseable each : Stream.concat(proxies.values().stream(), Stream.of(admin, runner, bao, threads))
                .filter(Objects::nonNull)
                .toList()) {
            each.close();
        }
    }
}
