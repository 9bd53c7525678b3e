package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the shell commands of the documentation as printed, in the order of the page, in each shell. A block runs unless
 * {@link #NOT_RUN} says why it cannot.
 */
class DocumentationTest {
    /** The blocks of a page that contain a text, and why they are not run here. */
    private record NotRun(String page, String text, String reason) {
        boolean is(DocumentedBlock block) {
            return block.page().equals(page) && block.text().contains(text);
        }
    }

    private static final String MANAGERS = "docs/how-to/managers/";

    private static final List<NotRun> NOT_RUN = List.of(
            new NotRun("README.md", "./scripts/test", "is what runs this test; it runs the demo, too"),
            new NotRun("README.md", "--check", "serves until it is stopped, and asks a Vault"),
            new NotRun("CONTRIBUTING.md", "./scripts/test", "is what runs this test"),
            new NotRun("CONTRIBUTING.md", "./scripts/peers", "is the build, in the clone of the project"),
            new NotRun("CONTRIBUTING.md", "recorded.jar", "changes the clone of the project"),
            new NotRun("docs/how-to/certificates.md", "admin_api", "needs APISIX and a Vault: CertificatesPageTest"),
            new NotRun("docs/how-to/companion.md", ":9180/", "asks APISIX's own Admin API"),
            new NotRun("docs/how-to/compose.md", "apisix-conf/setup.sh", "needs Docker: scripts/demo --docker"),
            new NotRun("docs/how-to/compose.md", ":9080/", "needs Docker: scripts/demo --docker"),
            new NotRun("docs/how-to/compose.md", "docker compose", "needs Docker: scripts/demo --docker"),
            new NotRun("docs/how-to/dashboard.md", "ssh ", "needs another machine"),
            new NotRun("docs/how-to/dashboard.md", "dashboard link", "prints to a terminal only: DashboardCommandTest"),
            new NotRun("docs/how-to/kubernetes.md", "kubectl ", "needs a cluster: ClusterInstallTest runs it"),
            new NotRun("docs/how-to/kubernetes.md", "helm ", "needs Helm: ClusterInstallTest runs it"),
            new NotRun("docs/how-to/kubernetes.md", "docker ", "needs Docker; scripts/image builds the image"),
            new NotRun("docs/how-to/kubernetes.md", "cp kubernetes", "is in the clone: ClusterInstallTest runs it"),
            new NotRun("docs/how-to/kubernetes.md", "sed ", "reads the clone: ClusterInstallTest runs it"),
            new NotRun("docs/how-to/migrate.md", " migrate ", "asks APISIX and a Vault: MigrateCommandTest"),
            new NotRun("docs/how-to/signed-requests.md", ":9080/", "asks a gateway: SignedRequestsPageTest runs it"),
            new NotRun("docs/how-to/operations.md", "sudo ", "asks systemd for the service"),
            new NotRun("docs/tutorials/custom-providers.md", "mvn ", "is the build: ExampleBuildTest runs it"),
            new NotRun("docs/tutorials/custom-providers.md", "etcdctl ", "needs that build: ExampleBuildTest runs it"),
            new NotRun("docs/tutorials/custom-providers.md", "/opt/", "needs etcd: CustomProviderTest runs it"),
            new NotRun("docs/how-to/installation.md", "scripts/package", "is run by scripts/test"),
            new NotRun(
                    "docs/how-to/installation.md", "sudo ", "changes the machine; SystemdUnitTest looks at the unit"),
            new NotRun("docs/how-to/installation.md", "scripts/image", "is run by scripts/test"),
            new NotRun("docs/how-to/installation.md", "SHA256SUMS", "needs a release: ReleaseTest runs it"),
            new NotRun("docs/contributing/releasing.md", "ssh-keygen", "makes a key: ReleaseTest runs it"),
            new NotRun("docs/contributing/releasing.md", "scripts/release", "takes minutes: scripts/test --all"),
            new NotRun("docs/contributing/releasing.md", "scripts/image", "is run by scripts/test"),
            new NotRun(MANAGERS + "local-secrets.md", ":9180/", "asks APISIX's own Admin API"),
            new NotRun("docs/contributing/performance-notes.md", "mvn ", "is a test that takes minutes: ColdStartTest"),
            new NotRun(MANAGERS + "vault.md", "vault ", "needs a Vault and its command line"),
            new NotRun(MANAGERS + "vault.md", " resolve ", "asks a Vault"),
            new NotRun(MANAGERS + "aws.md", "aws ", "needs AWS and its command line"),
            new NotRun(MANAGERS + "aws.md", " resolve ", "asks AWS"),
            new NotRun(MANAGERS + "gcp.md", "gcloud ", "needs Google Cloud and its command line"),
            new NotRun(MANAGERS + "gcp.md", " resolve ", "asks Google Cloud"),
            new NotRun(MANAGERS + "azure.md", "az ", "needs Azure and its command line"),
            new NotRun(MANAGERS + "azure.md", " resolve ", "asks Azure"),
            new NotRun(MANAGERS + "kubernetes.md", " resolve ", "asks a cluster"),
            new NotRun(MANAGERS + "files-and-environment.md", " resolve ", "reads files that are not there"),
            new NotRun("docs/tutorials/first-start.md", "./scripts/demo", "is run by scripts/test"),
            new NotRun("docs/tutorials/dashboard.md", "./scripts/demo", "is run by scripts/test"),
            new NotRun("docs/tutorials/first-start.md", "--version", "is installed by the page before"),
            new NotRun("docs/tutorials/first-start.md", "sudo ", "changes the machine"),
            new NotRun("docs/tutorials/first-start.md", ":9180/", "asks APISIX's own Admin API"),
            new NotRun("docs/contributing/soak.md", "scripts/soak", "takes 15 minutes"));

    /** Records each call with its status: the programs of the page are wrapped, not changed. */
    private static final String WRAPPERS = """
            curl() {
                local code
                case " $* " in
                *" -o "*) code=$(command curl -sS -w '%{http_code}' "$@") ;;
                *) code=$(command curl -sS -o answer -w '%{http_code}' "$@"); cat answer; echo ;;
                esac
                printf '%s\\n' "$code curl $*" >> calls
            }
            runner() {
                local code=0
                command <runner> "$@" || code=$?
                printf '%s\\n' "$code runner $*" >> calls
            }
            """;

    private static final Pattern CALL = Pattern.compile("\\bcurl |/bin/secret-providers ");

    @TempDir
    Path directory;

    @BeforeEach
    void nobodyIsAConsumer() throws IOException {
        RunnerProcess.consumers(directory, "consumers: []");
    }

    static Stream<Arguments> pagesByShell() {
        return blocks(_ -> true)
                .map(DocumentedBlock::page)
                .distinct()
                .flatMap(page -> Arrays.stream(Shell.values()).map(shell -> Arguments.of(page, shell)));
    }

    @ParameterizedTest
    @MethodSource("pagesByShell")
    @Execution(ExecutionMode.CONCURRENT)
    @ResourceLock(value = IndependentTest.PROCESSORS, mode = ResourceAccessMode.READ)
    void everyCommandRunsAsItIsPrinted(String page, Shell shell) throws Exception {
        shell.require();
        Predicate<DocumentedBlock> alone = block -> block.text().contains(" restore ");
        try (RunnerProcess runner =
                RunnerProcess.start(directory, RunnerProcess.consumersFromFile(directory), Map.of())) {
            makeWhatThePageIsAbout(page, runner);
            run(shell, runner, blocks(block -> block.page().equals(page) && !alone.test(block)));
            runner.terminate();
            run(shell, runner, blocks(block -> block.page().equals(page) && alone.test(block)));
        }
    }

    @Test
    void pagesWithCommandsForARunnerAreRun() {
        assertThat(pagesByShell().map(arguments -> arguments.get()[0]))
                .contains(
                        "docs/reference/admin-api.md",
                        "docs/how-to/access-log.md",
                        "docs/how-to/audit.md",
                        "docs/reference/configuration.md",
                        "docs/how-to/managers/local-secrets.md",
                        "docs/reference/rights.md",
                        "docs/how-to/rotation.md",
                        "docs/how-to/backup-and-restore.md");
        assertThat(blocks(block -> block.text().contains(" restore "))).hasSize(2);
    }

    @Test
    void whatIsNotRunIsThere() {
        List<DocumentedBlock> all = DocumentedBlock.all();
        assertThat(NOT_RUN).allSatisfy(entry -> assertThat(all).anyMatch(entry::is));
    }

    /** Creates the providers that a page about operation assumes. */
    private static void makeWhatThePageIsAbout(String page, RunnerProcess runner) {
        if (page.equals("docs/how-to/rotation.md")) {
            try (AdminClient admin = runner.admin()) {
                admin.put("/admin/providers/local/app", "{}").expect(201);
                admin.put(
                                "/admin/providers/vault/prod",
                                "{'uri': 'https://vault.example:8200', 'prefix': 'kv/apisix', 'token': 't'}")
                        .expect(201);
            }
        }
    }

    /** Runs blocks of a page in one shell; each call in them must succeed. */
    private void run(Shell shell, RunnerProcess runner, Stream<DocumentedBlock> blocks) throws Exception {
        String commands = String.join("\n", blocks.map(DocumentedBlock::text).toList());
        if (commands.isEmpty()) {
            return;
        }
        Path calls = directory.resolve("calls");
        Files.writeString(calls, "");
        String script = WRAPPERS.replace(
                        "<runner>",
                        "'" + String.join("' '", RunnerCommand.quick().words()) + "'")
                + commands.replace("127.0.0.1:9190", "127.0.0.1:" + runner.managementPort())
                        .replace("/opt/secret-providers/bin/secret-providers", "runner");
        ProcessBuilder builder = new ProcessBuilder(shell.command("-eu", "-c", script))
                .directory(directory.toFile())
                .redirectErrorStream(true);
        // A page cannot name the port of this runner, which is not fixed.
        builder.environment().put("SERVER_PORT", Integer.toString(runner.managementPort()));
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(out).isZero();
        // Further lines of a call belong to a body of several lines.
        List<String> made = Files.readAllLines(calls).stream()
                .filter(line -> line.matches("\\d+ (curl|runner) .*"))
                .toList();
        assertThat(made).as(out).allMatch(line -> line.startsWith("2") || line.startsWith("0 "));
        // A page that only makes hashes, for example, calls nothing.
        assertThat(made.isEmpty()).as(out).isEqualTo(!CALL.matcher(commands).find());
    }

    private static Stream<DocumentedBlock> blocks(Predicate<DocumentedBlock> wanted) {
        return DocumentedBlock.all().stream()
                .filter(DocumentedBlock::isShell)
                .filter(block -> NOT_RUN.stream().noneMatch(entry -> entry.is(block)))
                .filter(wanted);
    }
}
