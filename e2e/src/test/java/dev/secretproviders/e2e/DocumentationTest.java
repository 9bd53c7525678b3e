package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The shell commands of the documentation, run as they are printed, in the order of the page, by a shell. */
class DocumentationTest {
    private static final Path DOCS = Path.of("..", "docs");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(?:ba)?sh\n(.*?)^```$");

    /**
     * Every call is written down with its status: the programs of the page are wrapped, not changed. APISIX's own Admin API is not
     * there.
     */
    private static final String WRAPPERS = """
            curl() {
                case "$*" in *:9180/*) return ;; esac
                local status
                case " $* " in
                *" -o "*) status=$(command curl -sS -w '%{http_code}' "$@") ;;
                *) status=$(command curl -sS -o answer -w '%{http_code}' "$@"); cat answer; echo ;;
                esac
                echo "$status curl $*" >> calls
            }
            runner() {
                command <runner> "$@"
                echo "$? runner $*" >> calls
            }
            """;

    @TempDir
    Path directory;

    @BeforeEach
    void nobodyIsAConsumer() throws IOException {
        RunnerProcess.consumers(directory, "consumers: []");
    }

    @IndependentTest
    void adminApi() throws Exception {
        try (RunnerProcess runner = start()) {
            assertThat(calls(runner, blocks("admin-api.md"))).hasSizeGreaterThan(6);
        }
    }

    @IndependentTest
    void localSecrets() throws Exception {
        try (RunnerProcess runner = start()) {
            assertThat(calls(runner, blocks("local-secrets.md"))).hasSizeGreaterThan(9);
        }
    }

    @IndependentTest
    void audit() throws Exception {
        try (RunnerProcess runner = start()) {
            assertThat(calls(runner, blocks("audit.md"))).hasSizeGreaterThan(7);
        }
    }

    @IndependentTest
    void store() throws Exception {
        List<String> besideARunner = new ArrayList<>(blocks("store.md"));
        List<String> alone = besideARunner.stream()
                .filter(block -> block.contains(" restore "))
                .toList();
        besideARunner.removeAll(alone);
        assertThat(alone).hasSize(1);
        try (RunnerProcess runner = start()) {
            assertThat(calls(runner, besideARunner)).hasSizeGreaterThan(3);
            runner.terminate();
            assertThat(calls(runner, alone)).hasSize(1);
        }
    }

    /** Runs a page and returns its calls, each of which went well. */
    private List<String> calls(RunnerProcess runner, List<String> blocks) throws Exception {
        Path calls = directory.resolve("calls");
        Files.writeString(calls, "");
        String script = WRAPPERS.replace(
                        "<runner>",
                        "'" + String.join("' '", RunnerCommand.quick().words()) + "'")
                + String.join("\n", blocks)
                        .replace("127.0.0.1:9190", "127.0.0.1:" + runner.managementPort())
                        .replace("/opt/secret-providers/bin/secret-providers", "runner");
        ProcessBuilder builder = new ProcessBuilder("bash", "-u", "-c", script)
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().put("SERVER_PORT", Integer.toString(runner.managementPort()));
        try (AdminClient admin = runner.admin()) {
            builder.environment().put("ADMIN_TOKEN", admin.token());
        }
        builder.environment().put("APISIX_KEY", "a-key-of-apisix");
        Process shell = builder.start();
        String out = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(shell.waitFor(120, TimeUnit.SECONDS)).isTrue();
        List<String> lines = Files.readAllLines(calls);
        assertThat(lines).as(out).allMatch(line -> line.startsWith("2") || line.startsWith("0 ") || !isCall(line));
        return lines.stream().filter(DocumentationTest::isCall).toList();
    }

    /** What is not the first line of a call belongs to a body of several lines. */
    private static boolean isCall(String line) {
        return line.matches("\\d+ (curl|runner) .*");
    }

    private static List<String> blocks(String page) throws IOException {
        List<String> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(Files.readString(DOCS.resolve(page)));
        while (matcher.find()) {
            blocks.add(matcher.group(1));
        }
        return blocks;
    }

    private RunnerProcess start() throws IOException {
        return RunnerProcess.start(directory, RunnerProcess.consumersFromFile(directory), Map.of());
    }
}
