package dev.secretproviders.app.takeover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.app.cli.Main;
import dev.secretproviders.app.cli.call.LocalCall;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Messages;
import dev.secretproviders.gateway.Outcome;
import dev.secretproviders.gateway.RawConnection;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.gateway.RunnerMessage;
import dev.secretproviders.peers.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A runner takes over from another process: no request is refused, and the old one ends. */
final class TakeoverTest {
    private static final Duration A_START = Duration.ofMinutes(1);
    private static final String KEY = "the-key-of-jack";
    private static final RouteConf ROUTE = RouteConf.of("orders", "secret-key-auth", "{}");

    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();
    private Map<String, String> variables = Map.of();

    @BeforeEach
    void jackHasAKeyInAFile() throws IOException {
        Path secrets = Files.createDirectory(directory.resolve("secrets"));
        Files.writeString(secrets.resolve("jack"), KEY);
        Files.writeString(
                directory.resolve("apisix.yaml"),
                "consumers:\n  - {username: jack, plugins: {key-auth: {key: $secret://file/main/jack}}}\n#END\n");
        Files.writeString(directory.resolve("application.yaml"), """
                runner: {data-dir: %1$s/data, socket: {path: %1$s/runner.sock, wait: 100ms}}
                consumers: {source: file, file: {path: %1$s/apisix.yaml}}
                providers: {file: {main: {directory: %1$s/secrets}}}
                server: {port: 0}
                """.formatted(directory));
    }

    @AfterEach
    void end() {
        started.forEach(Process::destroyForcibly);
    }

    private Process start(String log, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "--config",
                directory.resolve("application.yaml").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(log).toFile());
        builder.environment().putAll(variables);
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private String log(String name) throws IOException {
        return Files.readString(directory.resolve(name));
    }

    private Process startAndAwait(String log, String... arguments) throws IOException {
        Process process = start(log, arguments);
        await().atMost(A_START)
                .failFast(() -> assertThat(process.isAlive()).as(log(log)).isTrue())
                .until(() -> log(log).contains("Admin API, health and metrics are served"));
        return process;
    }

    private Path socket() {
        return directory.resolve("runner.sock");
    }

    @Test
    void noRequestIsRefusedTokensStayValidAndTheOldRunnerEnds() throws Exception {
        Process old = startAndAwait("old.log");
        long token;
        try (RawConnection raw = RawConnection.open(socket())) {
            raw.send(Messages.prepareConf("route#9#ext-plugin-pre-req#1", List.of(Entry.of("secret-key-auth", "{}"))));
            token = ((RunnerMessage.Prepared) raw.readAnswer(A_START)).token();
        }
        AtomicBoolean enough = new AtomicBoolean();
        CompletableFuture<List<Outcome>> others = CompletableFuture.supplyAsync(() -> refused(enough));
        CompletableFuture<List<Outcome>> more = CompletableFuture.supplyAsync(() -> refused(enough));

        Process next = startAndAwait("next.log", "--takeover");

        assertThat(old.waitFor(A_START)).isTrue();
        assertThat(old.exitValue()).as(log("old.log")).isZero();
        enough.set(true);
        assertThat(others.join()).isEmpty();
        assertThat(more.join()).isEmpty();
        try (RawConnection raw = RawConnection.open(socket())) {
            raw.send(Messages.httpReqCall(3, token, GatewayRequest.get("/").header("apikey", KEY)));
            assertThat(raw.readAnswer(A_START)).isInstanceOf(RunnerMessage.Decided.class);
        }
        assertThat(next.isAlive()).isTrue();
        startAndAwait("last.log", "--takeover");
        assertThat(next.waitFor(A_START)).as("again").isTrue();
    }

    /** Sends requests one after another. Returns the outcomes of those that were refused. */
    private List<Outcome> refused(AtomicBoolean enough) {
        List<Outcome> refused = new ArrayList<>();
        try (RunnerClient gateway = RunnerClient.open(socket())) {
            while (!enough.get()) {
                Outcome outcome = gateway.call(GatewayRequest.get("/").header("apikey", KEY), ROUTE);
                if (!(outcome instanceof Outcome.Continue)) {
                    refused.add(outcome);
                }
            }
        }
        return refused;
    }

    @Test
    void noRequestToThePortsIsRefusedAndCommandsFindARunner() throws Exception {
        int admin = FreePorts.next();
        int management = FreePorts.next();
        variables = Map.of(
                "SERVER_PORT", Integer.toString(admin),
                "MANAGEMENT_SERVER_PORT", Integer.toString(management),
                "MANAGEMENT_SERVER_ADDRESS", "127.0.0.1");
        Process old = startAndAwait("old.log");
        String token = Files.readString(directory.resolve("data/admin-token")).strip();
        await().atMost(A_START).until(() -> log("old.log").contains("on port " + management));
        List<Asking> asking = List.of(
                Asking.anew(admin, "/admin/consumers", token),
                Asking.onOneConnection(admin, "/admin/consumers", token),
                Asking.anew(management, "/actuator/health/readiness", token),
                Asking.onOneConnection(management, "/actuator/prometheus", token));
        awaitAnswers(asking, 50);
        AtomicBoolean enough = new AtomicBoolean();
        CompletableFuture<List<String>> commands = CompletableFuture.supplyAsync(() -> failingCommands(enough));

        Process next = startAndAwait("next.log", "--takeover");
        assertThat(old.waitFor(A_START)).isTrue();
        awaitAnswers(asking, 50);
        Process last = startAndAwait("last.log", "--takeover");
        assertThat(next.waitFor(A_START))
                .as("the inherited sockets are passed on")
                .isTrue();
        awaitAnswers(asking, 50);

        enough.set(true);
        assertThat(commands.join()).isEmpty();
        for (Asking client : asking) {
            client.close();
            assertThat(client.problems())
                    .as(client.figures() + log("next.log") + log("last.log"))
                    .isEmpty();
        }
        assertThat(last.isAlive()).isTrue();
        assertThat(log("next.log")).contains("on port " + admin, "on port " + management);
        assertThat(directory.resolve("data/.ports")).doesNotExist();
    }

    /** Sends commands one after another. Returns what happened to those that no runner answered. */
    private List<String> failingCommands(AtomicBoolean enough) {
        List<String> failing = new ArrayList<>();
        while (!enough.get()) {
            try (LocalCall call = LocalCall.send(directory.resolve("data"), "GET", "/admin/whoami", null)) {
                // 503 while neither runner has the store.
                if (call.status() != 200 && call.status() != 503) {
                    failing.add("status " + call.status());
                }
                Thread.sleep(5);
            } catch (IOException e) {
                failing.add(e.toString());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return failing;
            }
        }
        return failing;
    }

    private static void awaitAnswers(List<Asking> asking, int more) {
        List<Integer> before = asking.stream().map(Asking::answers).toList();
        await().atMost(A_START)
                .until(() -> IntStream.range(0, asking.size())
                        .allMatch(i -> asking.get(i).answers() >= before.get(i) + more));
    }

    @Test
    void portsOfAnOldRunnerThatIsKilledStayOpen() throws Exception {
        int admin = FreePorts.next();
        variables = Map.of("SERVER_PORT", Integer.toString(admin));
        Process old = startAndAwait("old.log");
        Process next = start("next.log", "--takeover");
        await().atMost(A_START)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> log("old.log").contains("another runner takes over"));
        old.destroyForcibly();
        // Whether the new runner had taken the socket's name or not, the queue of the port is open in it.
        for (int i = 0; i < 5; i++) {
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), admin)) {
                client.setSoTimeout((int) A_START.toMillis());
                client.getOutputStream()
                        .write("GET /actuator/health/readiness HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                        .as(log("next.log"))
                        .startsWith("HTTP/1.1 200");
            }
        }
        assertThat(next.isAlive()).isTrue();
    }

    @Test
    void secondStartByAccidentIsRefusedAndSoIsATakeoverWithAnotherKeyring() throws Exception {
        Process old = startAndAwait("old.log");

        Process second = start("second.log");
        assertThat(second.waitFor(A_START)).isTrue();
        assertThat(second.exitValue()).isEqualTo(1);
        assertThat(log("second.log")).contains("another process listens on");

        variables = Map.of(MasterKeyring.VARIABLE, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=");
        Process stranger = start("stranger.log", "--takeover");
        assertThat(stranger.waitFor(A_START)).isTrue();
        assertThat(stranger.exitValue()).isEqualTo(1);
        assertThat(log("stranger.log")).contains("another keyring");

        assertThat(old.isAlive()).isTrue();
        try (RunnerClient gateway = RunnerClient.open(socket())) {
            assertThat(gateway.call(GatewayRequest.get("/").header("apikey", KEY), ROUTE))
                    .isInstanceOf(Outcome.Continue.class);
        }
    }

    @Test
    void withoutARunnerATakeoverIsAStart() throws Exception {
        Process first = startAndAwait("first.log", "--takeover");
        assertThat(first.isAlive()).isTrue();
        assertThat(log("first.log")).doesNotContain("took over");
    }
}
