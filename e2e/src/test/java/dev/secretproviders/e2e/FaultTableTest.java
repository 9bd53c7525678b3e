package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.FaultProxy;
import dev.secretproviders.peers.Moto;
import dev.secretproviders.peers.OpenBao;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * All faults between a runner and its secret managers, at the same time: one runner with a provider for each fault.
 * Requests are answered from memory. The runner names the state and the kind of error. A value that is written at the
 * end of the fault is in force within one back-off step.
 */
@TestInstance(Lifecycle.PER_CLASS)
class FaultTableTest {
    /** Long enough for the pauses between tries to grow, and for a value to become stale. */
    private static final Duration FAULT = Duration.ofSeconds(6);

    private static final Duration TIMEOUT_OF_PROVIDER = Duration.ofSeconds(1);
    /** The longest pause of the back-off and the following attempt. */
    private static final Duration RECOVERY = Duration.ofSeconds(10).plus(TIMEOUT_OF_PROVIDER);

    private final List<Row> rows = new ArrayList<>();
    private final List<FaultProxy> proxies = new ArrayList<>();
    /** The peers are not safe for use by several threads. */
    private final Object writingToBao = new Object();

    private final Object writingToMoto = new Object();
    private ExecutorService threads;
    private OpenBao bao;
    private OpenBao sealed;
    private OpenBao overTls;
    private OpenBao stranger;
    private Moto moto;
    private RunnerProcess runner;
    private AdminClient admin;

    /** An action on a manager or on the connection to it. */
    @FunctionalInterface
    interface Act {
        void run() throws Exception;
    }

    /** Writes a key directly into the manager, unaffected by the fault. */
    @FunctionalInterface
    interface Writer {
        void write(String key);
    }

    /**
     * One fault.
     *
     * @param name also that of its provider, secret and consumer
     * @param kind the kind of error that the runner must report
     * @param saying a part of its message
     */
    record Fault(String name, String kind, String saying, Act begin, Act end) {
        /**
         * Returns whether the error concerns the whole provider. A denial or a malformed answer concerns one secret
         * only.
         */
        boolean concernsProvider() {
            return !kind.equals("permission") && !kind.equals("invalid_answer");
        }
    }

    /** One fault at one manager, and its result. */
    static final class Row {
        private final String manager;
        private final Fault fault;
        private final Writer writer;
        private @Nullable Future<?> result;

        Row(String manager, Fault fault, Writer writer) {
            this.manager = manager;
            this.fault = fault;
            this.writer = writer;
        }

        private Future<?> result() {
            return Objects.requireNonNull(result);
        }

        private String provider() {
            return manager + "/" + fault.name();
        }

        private String consumer() {
            return manager + "-" + fault.name();
        }

        private String reference() {
            return "$secret://" + provider() + "/" + fault.name() + "/secret/key";
        }

        private String before() {
            return "key-of-" + consumer() + "-before";
        }

        private String after() {
            return "key-of-" + consumer() + "-after";
        }

        @Override
        public String toString() {
            return provider() + ": " + fault.kind();
        }
    }

    @BeforeAll
    void begin(@TempDir Path directory) throws Exception {
        threads = Executors.newVirtualThreadPerTaskExecutor();
        Future<OpenBao> startingSealed = threads.submit(() -> OpenBao.startPersistent());
        Future<OpenBao> startingTls = threads.submit(() -> OpenBao.startTls());
        Future<OpenBao> startingStranger = threads.submit(() -> OpenBao.startTls());
        Future<Moto> startingMoto = threads.submit(() -> Moto.start());
        bao = OpenBao.start();
        sealed = startingSealed.get();
        overTls = startingTls.get();
        stranger = startingStranger.get();
        moto = startingMoto.get();
        for (OpenBao each : List.of(bao, sealed, overTls)) {
            each.enableKv("kv", 2);
        }
        StringBuilder vaults = new StringBuilder();
        StringBuilder aws = new StringBuilder();
        vaultRows(vaults);
        awsRows(aws);
        RunnerProcess.consumers(directory, "consumers: []");
        String yaml = RunnerProcess.consumersFromFile(directory) + "providers:\n  vault:\n" + vaults + "  aws:\n" + aws;
        runner = RunnerProcess.start(
                directory,
                yaml,
                Map.of(
                        "TOKEN_OF_TEST",
                        bao.rootToken(),
                        "SEALED_TOKEN",
                        sealed.rootToken(),
                        "TLS_TOKEN",
                        overTls.rootToken(),
                        "AWS_SECRET_OF_TEST",
                        "secret-of-test"),
                RunnerCommand.asDocumented());
        admin = runner.admin();
        providersThatAreEdited();
        StringBuilder consumers = new StringBuilder("consumers:\n");
        for (Row row : rows) {
            row.writer.write(row.before());
            consumers.append("  - username: %s%n    plugins: {key-auth: {key: %s}}%n"
                    .formatted(row.consumer(), row.reference()));
        }
        RunnerProcess.consumers(directory, consumers.toString());
        // While the value of any key is unknown, an unknown key is answered with 503.
        for (Row row : rows) {
            runner.awaitStatus(200, row.before());
        }
        for (Row row : rows) {
            row.result = threads.submit(() -> {
                happens(row);
                return null;
            });
        }
    }

    private void vaultRows(StringBuilder yaml) {
        List<FaultOnTheWay> faults = new ArrayList<>(onTheWay());
        faults.add(new FaultOnTheWay(
                "answers-403",
                "authentication",
                "not accepted",
                proxy -> proxy.answer(403, "{\"errors\":[\"permission denied\"]}")));
        for (FaultOnTheWay fault : faults) {
            FaultProxy proxy = proxy(bao.uri());
            vault(yaml, fault.name(), proxy.uri().toString(), "$env://TOKEN_OF_TEST", "");
            row(
                    "vault",
                    new Fault(
                            fault.name(),
                            fault.kind(),
                            fault.saying(),
                            () -> fault.act().on(proxy),
                            proxy::forward),
                    bao);
        }
        FaultProxy astray = proxy(overTls.uri());
        vault(
                yaml,
                "wrong-certificate",
                astray.uri().toString(),
                "$env://TLS_TOKEN",
                ", tls: {ca_file: %s}".formatted(overTls.caFile()));
        row(
                "vault",
                new Fault(
                        "wrong-certificate",
                        "unavailable",
                        "no TLS connection",
                        () -> astray.leadTo(stranger.uri()),
                        () -> astray.leadTo(overTls.uri())),
                overTls);
        vault(yaml, "restarted-sealed", sealed.uri().toString(), "$env://SEALED_TOKEN", "");
        row("vault", new Fault("restarted-sealed", "unavailable", "sealed", sealed::seal, sealed::unseal), sealed);
    }

    /** A revoked token, and a name that is no longer in DNS. An edit over the Admin API ends both. */
    private void providersThatAreEdited() {
        String token = token();
        edit("expired-token", bao.uri().toString(), token);
        row(
                "vault",
                new Fault(
                        "expired-token",
                        "authentication",
                        "",
                        () -> {
                            synchronized (writingToBao) {
                                bao.put("auth/token/revoke", Map.of("token", token));
                            }
                        },
                        () -> edit("expired-token", bao.uri().toString(), token())),
                bao);
        edit("no-such-host", bao.uri().toString(), bao.rootToken());
        row(
                "vault",
                new Fault(
                        "no-such-host",
                        "unavailable",
                        "cannot reach",
                        () -> edit("no-such-host", "https://openbao.invalid:8200", bao.rootToken()),
                        () -> edit("no-such-host", bao.uri().toString(), bao.rootToken())),
                bao);
    }

    private void edit(String name, String uri, String token) {
        AdminClient.Reply answer =
                admin.put("/admin/providers/vault/" + name + "?force=true", """
                {'uri': '%s', 'prefix': 'kv', 'token': '%s', 'timeout': '1s', 'cache': {'ttl': '1s'}}
                """.formatted(uri, token));
        assertThat(answer.status()).as(answer.text()).isBetween(200, 201);
    }

    private String token() {
        synchronized (writingToBao) {
            return bao.put("auth/token/create", Map.of("policies", List.of("root"), "ttl", "1h"))
                    .at("/auth/client_token")
                    .asString();
        }
    }

    private void awsRows(StringBuilder yaml) {
        List<FaultOnTheWay> faults = new ArrayList<>(onTheWay());
        faults.add(new FaultOnTheWay(
                "denied-403",
                "permission",
                "AccessDeniedException",
                proxy -> proxy.answer(403, "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}")));
        faults.add(new FaultOnTheWay(
                "expired-token",
                "authentication",
                "ExpiredTokenException",
                proxy -> proxy.answer(400, "{\"__type\":\"ExpiredTokenException\",\"message\":\"expired\"}")));
        for (FaultOnTheWay fault : faults) {
            FaultProxy proxy = proxy(moto.uri());
            yaml.append(
                    "    %s: {endpoint_url: \"%s\", access_key_id: test, secret_access_key: $env://AWS_SECRET_OF_TEST, timeout: 1s, cache: {ttl: 1s}}%n"
                            .formatted(fault.name(), proxy.uri()));
            Fault whole = new Fault(
                    fault.name(),
                    fault.kind(),
                    fault.saying(),
                    () -> fault.act().on(proxy),
                    proxy::forward);
            rows.add(new Row("aws", whole, key -> writeAws(whole.name() + "/secret", key)));
        }
    }

    private void writeAws(String name, String key) {
        String value = "{\"key\":\"" + key + "\"}";
        synchronized (writingToMoto) {
            if (key.endsWith("-before")) {
                moto.createSecret(name, value);
            } else {
                moto.putSecretValue(name, value);
            }
        }
    }

    /** A fault that a proxy causes. */
    private record FaultOnTheWay(String name, String kind, String saying, OnProxy act) {}

    @FunctionalInterface
    private interface OnProxy {
        void on(FaultProxy proxy);
    }

    private static List<FaultOnTheWay> onTheWay() {
        return List.of(
                new FaultOnTheWay("refused", "unavailable", "cannot reach", FaultProxy::refuse),
                new FaultOnTheWay("black-hole", "timeout", "", FaultProxy::blackHole),
                new FaultOnTheWay("slow", "timeout", "", proxy -> proxy.delay(Duration.ofSeconds(30))),
                new FaultOnTheWay("half-an-answer", "unavailable", "cannot reach", proxy -> proxy.cutAfter(60)),
                new FaultOnTheWay("answers-500", "unavailable", "500", proxy -> proxy.answer(500, "{}")),
                new FaultOnTheWay("answers-503", "unavailable", "503", proxy -> proxy.answer(503, "{}")),
                new FaultOnTheWay(
                        "answers-429", "throttled", "429", proxy -> proxy.answer(429, "{}", "Retry-After: 3")),
                new FaultOnTheWay("bad-json", "invalid_answer", "", proxy -> proxy.answer(200, "{\"data\": {")));
    }

    private static void vault(StringBuilder yaml, String name, String uri, String token, String more) {
        yaml.append("    %s: {uri: \"%s\", prefix: kv, token: %s, timeout: 1s, cache: {ttl: 1s}%s}%n"
                .formatted(name, uri, token, more));
    }

    private void row(String manager, Fault fault, OpenBao in) {
        rows.add(new Row(manager, fault, key -> {
            synchronized (in) {
                in.kvPut("kv", 2, fault.name() + "/secret", Map.of("key", key));
            }
        }));
    }

    private FaultProxy proxy(URI target) {
        FaultProxy proxy = FaultProxy.before(target);
        proxies.add(proxy);
        return proxy;
    }

    /** Runs one row: before the fault, during it, and after it. */
    private void happens(Row row) throws Exception {
        try (RunnerClient client = runner.client()) {
            await("at first")
                    .atMost(Duration.ofSeconds(15))
                    .until(() -> RunnerProcess.statusFor(client, row.before()) == 200);
            row.fault.begin().run();
            long began = System.nanoTime();
            while (System.nanoTime() - began < FAULT.toNanos()) {
                servesFromMemory(client, row);
                Thread.sleep(20);
            }
            await("error of " + row).atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
                servesFromMemory(client, row);
                named(row);
            });
            row.fault.end().run();
            long ended = System.nanoTime();
            row.writer.write(row.after());
            while (RunnerProcess.statusFor(client, row.after()) != 200) {
                assertThat(Duration.ofNanos(System.nanoTime() - ended))
                        .as("recovery of " + row + ": " + explained(row))
                        .isLessThan(RECOVERY);
                assertThat(RunnerProcess.statusFor(client, row.before())).isEqualTo(200);
                Thread.sleep(20);
            }
            assertThat(explained(row).path("state").asString()).isIn("fresh", "refreshing");
            assertThat(explained(row).has("failure"))
                    .as(explained(row).toString())
                    .isFalse();
            assertThat(RunnerProcess.statusFor(client, row.before()))
                    .as("the previous key within the overlap")
                    .isEqualTo(200);
        }
    }

    private static void servesFromMemory(RunnerClient client, Row row) {
        assertThat(RunnerProcess.statusFor(client, row.before()))
                .as("a valid key during " + row)
                .isEqualTo(200);
        assertThat(RunnerProcess.statusFor(client, "nobodys-key"))
                .as("an invalid key during " + row)
                .isEqualTo(401);
    }

    private void named(Row row) {
        JsonNode reference = explained(row);
        assertThat(reference.path("failure").asString(""))
                .as(reference.toString())
                .isEqualTo(row.fault.kind());
        assertThat(reference.path("state").asString()).as(reference.toString()).isEqualTo("stale");
        assertThat(reference.path("problem").asString()).contains(row.fault.saying());
        if (row.fault.concernsProvider()) {
            JsonNode provider = admin.get("/admin/providers/" + row.provider() + "/status")
                    .expect(200)
                    .json();
            assertThat(provider.path("state").asString())
                    .as(provider.toString())
                    .isEqualTo(row.fault.kind().equals("authentication") ? "unauthenticated" : "down");
            assertThat(provider.path("last_error_kind").asString()).isEqualTo(row.fault.kind());
        }
    }

    private JsonNode explained(Row row) {
        return admin.post("/admin/explain", "{'reference': '" + row.reference() + "'}")
                .expect(200)
                .json();
    }

    Stream<Row> rows() {
        return rows.stream();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void isServedFromMemoryNamedAndRecovered(Row row) throws Exception {
        row.result().get(90, TimeUnit.SECONDS);
    }

    @AfterAll
    void end() throws Exception {
        for (AutoCloseable each : Stream.concat(
                        proxies.stream(), Stream.of(admin, runner, bao, sealed, overTls, stranger, moto, threads))
                .filter(Objects::nonNull)
                .toList()) {
            each.close();
        }
    }
}
