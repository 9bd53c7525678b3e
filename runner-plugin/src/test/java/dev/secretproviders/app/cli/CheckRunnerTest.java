package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** {@code check} with a runner that is slow, or refuses to answer about a reference. */
class CheckRunnerTest {
    private static final String FRESH = "{\"state\": \"fresh\", \"version\": \"1\"}";

    @TempDir
    private Path directory;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch end = new CountDownLatch(1);
    private final Map<String, Integer> asked = new ConcurrentHashMap<>();
    private HttpServer runner;
    private volatile int refusal = 400;

    @BeforeEach
    void start() throws IOException {
        runner = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        runner.setExecutor(threads);
        runner.createContext("/admin/whoami", exchange -> answer(exchange, 200, "{\"scope\": {}}"));
        runner.createContext("/admin/providers", exchange -> answer(exchange, 200, """
            {"total": 1, "list": [{"key": "/providers/file/prod", "value": {"origin": "file"}}]}\
            """));
        runner.createContext("/admin/explain", this::explain);
        runner.start();
    }

    @AfterEach
    void stop() {
        end.countDown();
        runner.stop(0);
        threads.shutdownNow();
    }

    private void explain(HttpExchange exchange) throws IOException {
        String reference = JsonMapper.shared()
                .readTree(exchange.getRequestBody().readAllBytes())
                .path("reference")
                .asString();
        int times = asked.merge(reference, 1, Integer::sum);
        if (reference.contains("never")) {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (reference.contains("refused")) {
            answer(exchange, refusal, "{\"error_msg\": \"reference: the reason of the runner\"}");
        } else if (reference.contains("later") && times < 3) {
            answer(exchange, 200, "{\"state\": \"loading\"}");
        } else {
            answer(exchange, 200, FRESH);
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private CommandRun check(String timeout, String... names) throws IOException {
        StringBuilder yaml = new StringBuilder("consumers:\n");
        for (String name : names) {
            yaml.append("  - username: ").append(name).append('\n');
            yaml.append("    plugins: {key-auth: {key: $secret://file/prod/")
                    .append(name)
                    .append("}}\n");
        }
        Path file = Files.writeString(directory.resolve("apisix.yaml"), yaml + "#END\n");
        Path token = Files.writeString(directory.resolve("token"), "sp_a_token");
        return CommandRun.of(
                "check",
                "--apisix-yaml",
                file.toString(),
                "--admin",
                "http://127.0.0.1:" + runner.getAddress().getPort(),
                "--token-file",
                token.toString(),
                "--timeout",
                timeout);
    }

    @Test
    @Timeout(60)
    void referencesWithoutAnAnswerInTimeAreNamedAndTheOthersAreAsked() throws Exception {
        String[] names = {
            "never1", "never2", "never3", "never4", "never5", "never6", "never7", "never8", "never9", "jack", "rose"
        };
        long before = System.nanoTime();

        CommandRun run = check("1", names);

        assertThat(run.code()).as(run.printed()).isEqualTo(1);
        assertThat(run.out()).contains("resolved: 2, errors: 9");
        assertThat(run.out().lines())
                .filteredOn(line -> line.contains("error:"))
                .hasSize(9)
                .allMatch(line -> line.contains("the runner did not answer within 1 s (--timeout)"));
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void referenceThatTheRunnerRefusesConcernsOnlyItself() throws Exception {
        for (int status : new int[] {400, 404, 422}) {
            refusal = status;

            CommandRun run = check("15", "jack", "refused", "rose");

            assertThat(run.code()).as(run.printed()).isEqualTo(1);
            assertThat(run.out())
                    .contains("consumer refused", "reference: the reason of the runner (" + status + ")")
                    .contains("resolved: 2, errors: 1");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 500, 503})
    void refusalThatIsNotAboutTheReferenceIsNoResult(int status) throws Exception {
        refusal = status;

        CommandRun run = check("15", "jack", "refused");

        assertThat(run.code()).as(run.printed()).isEqualTo(2);
        assertThat(run.err()).contains("the runner refused: reference: the reason of the runner (" + status + ")");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void referenceThatIsStillBeingFetchedIsAskedForAgain() throws Exception {
        CommandRun run = check("15", "later");

        assertThat(run.code()).as(run.printed()).isZero();
        assertThat(asked).containsExactlyEntriesOf(Map.of("$secret://file/prod/later", 3));
    }

    @ParameterizedTest
    @CsvSource({"0", "-1", "soon"})
    void timeMustBeASecondOrMore(String timeout) throws Exception {
        CommandRun run = check(timeout, "jack");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("--timeout");
        assertThat(asked).isEmpty();
    }
}
