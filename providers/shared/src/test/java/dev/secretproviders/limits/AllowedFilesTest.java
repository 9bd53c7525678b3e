package dev.secretproviders.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AllowedFilesTest {
    @TempDir
    private Path temp;

    private Path secrets;
    private Path data;
    private AllowedFiles files;

    @BeforeEach
    void make() throws Exception {
        secrets = temp.resolve("secrets");
        Files.createDirectories(secrets.resolve("deep"));
        data = Files.createDirectories(temp.resolve("secrets/data"));
        Files.writeString(secrets.resolve("deep/token"), "the-token");
        Files.writeString(data.resolve("keyring"), "the-keyring");
        Files.writeString(temp.resolve("outside"), "outside");
        files = read(List.of(secrets.toString()), Set.of(data), new Problems());
    }

    @Test
    void fileBelowAnAllowedDirectoryIsRead() throws Exception {
        assertThat(content(secrets.resolve("deep/token"))).isEqualTo("the-token");
        assertThat(content(secrets.resolve("deep/../deep/token"))).isEqualTo("the-token");
        assertThat(files.refusal(secrets)).isNull();
        assertThat(files.refusal(secrets.resolve("not/there/yet"))).isNull();
    }

    @Test
    void everythingElseIsRefusedByNameAndWithTheRemedy() {
        for (Path file : List.of(
                temp.resolve("outside"),
                secrets.resolve("../outside"),
                Path.of("/etc/passwd"),
                Path.of("/no/such/file"),
                Path.of("relative"))) {
            assertThat(files.refusal(file))
                    .contains("'" + file + "'", "providers.files.allow", secrets.toString(), "configuration file");
            assertThatThrownBy(() -> files.open(file)).isInstanceOf(RefusedFileException.class);
        }
    }

    @Test
    void dataDirectoryIsRefusedThoughItLiesInAnAllowedOne() {
        assertThat(files.refusal(data.resolve("keyring"))).contains("runner's own data");
        assertThat(files.refusal(data)).contains("runner's own data");
        assertThat(files.refusal(data.resolve("admin-token")))
                .as("not there yet")
                .contains("runner's own data");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc/self/environ", "/proc/1/mem", "/sys/kernel", "/dev/stdin"})
    void systemIsRefusedThoughTheRootIsListed(String file) {
        AllowedFiles all = read(List.of("/"), Set.of(data), new Problems());

        assertThat(all.refusal(Path.of(file))).contains("'" + file + "'", "no provider may read");
        assertThat(all.refusal(Path.of("/etc/passwd"))).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc", "/proc/self", "/sys/fs", "/dev/shm", "relative", ""})
    void directoryThatCannotBeAllowedIsAProblem(String directory) {
        Problems problems = new Problems();
        read(List.of(directory), Set.of(data), problems);
        assertThat(problems.lines()).singleElement().asString().contains("files.allow", "'" + directory + "'");
    }

    @Test
    void dataDirectoryCannotBeAllowed() {
        Problems problems = new Problems();
        read(List.of(data.toString()), Set.of(data), problems);
        assertThat(problems.lines()).singleElement().asString().contains(data.toString(), "runner's own data");
    }

    @Test
    void hardLinkToTheRunnersOwnIsRefusedAndOneToAnythingElseIsRead() throws Exception {
        Files.createDirectories(data.resolve("deeper"));
        Files.writeString(data.resolve("deeper/admin-token"), "the-admin-token");
        Path keyring = Files.createLink(secrets.resolve("hard"), data.resolve("keyring"));
        Path token = Files.createLink(secrets.resolve("hard-token"), data.resolve("deeper/admin-token"));
        Path other = Files.createLink(secrets.resolve("hard-other"), secrets.resolve("deep/token"));

        for (Path own : List.of(keyring, token)) {
            assertThat(files.refusal(own)).contains("hard link", "'" + own + "'");
            assertThatThrownBy(() -> files.open(own)).isInstanceOf(RefusedFileException.class);
        }
        assertThat(content(other)).isEqualTo("the-token");
    }

    @Test
    void pipeIsNotWaitedFor() throws Exception {
        Path pipe = secrets.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();

        assertThatThrownBy(() -> files.open(pipe))
                .isInstanceOf(RefusedFileException.class)
                .hasMessageContaining("not a regular file");
    }

    @Test
    void linkOutsideTheDirectoriesDoesNotTellWhereItLeads() throws Exception {
        Path target = Files.writeString(temp.resolve("target-of-links"), "x");
        Path outside = Files.createSymbolicLink(temp.resolve("link"), target);
        Path inside = Files.createSymbolicLink(secrets.resolve("inside"), target);
        Path missing = temp.resolve("missing");

        assertThat(files.refusal(outside))
                .isEqualTo(String.valueOf(files.refusal(missing)).replace(missing.toString(), outside.toString()));
        assertThat(files.refusal(inside)).contains("target-of-links");
    }

    @Test
    void linkOfTheSystemIsRefusedWithoutSayingWhereItLeads() {
        assertThat(files.refusal(Path.of("/proc/self/exe")))
                .contains("'/proc/self/exe'", "no provider may read")
                .doesNotContain("java");
    }

    @Test
    void linkLeadsNowhereElse() throws Exception {
        Path link = Files.createSymbolicLink(secrets.resolve("link"), temp.resolve("outside"));
        Path toData = Files.createSymbolicLink(secrets.resolve("to-data"), data);
        Path toProc = Files.createSymbolicLink(secrets.resolve("to-proc"), Path.of("/proc/self"));
        Path dangling = Files.createSymbolicLink(secrets.resolve("dangling"), temp.resolve("not-there"));
        Path inside = Files.createSymbolicLink(secrets.resolve("inside"), secrets.resolve("deep"));

        for (Path file : List.of(link, toData.resolve("keyring"), toProc.resolve("environ"), dangling)) {
            assertThat(files.refusal(file)).as(file.toString()).isNotNull();
            assertThatThrownBy(() -> files.open(file)).isInstanceOf(RefusedFileException.class);
        }
        assertThat(content(inside.resolve("token"))).isEqualTo("the-token");
    }

    @Test
    void allowedDirectoryMayItselfBeALink() throws Exception {
        Path link = Files.createSymbolicLink(temp.resolve("mount"), secrets);
        files = read(List.of(link.toString()), Set.of(data), new Problems());

        assertThat(content(link.resolve("deep/token"))).isEqualTo("the-token");
        assertThat(content(secrets.resolve("deep/token"))).isEqualTo("the-token");
        assertThat(files.refusal(link.resolve("data/keyring"))).contains("runner's own data");
    }

    @Test
    void linkThatIsSwappedAfterTheCheckIsRefusedWhenTheFileIsRead() throws Exception {
        Path link = Files.createSymbolicLink(secrets.resolve("current"), secrets.resolve("deep/token"));
        assertThat(files.refusal(link)).isNull();

        Files.delete(link);
        Files.createSymbolicLink(link, data.resolve("keyring"));

        assertThatThrownBy(() -> files.open(link)).isInstanceOf(RefusedFileException.class);
    }

    @Test
    void linkToThePodsOwnTokenIsNotTheToken() throws Exception {
        Path token = Path.of("/var/run/secrets/kubernetes.io/serviceaccount/token");
        files = read(List.of(secrets.toString(), "/var/run/secrets"), Set.of(data), new Problems());
        Path link = Files.createSymbolicLink(secrets.resolve("link"), token);

        assertThat(files.refusal(token)).isNull();
        assertThat(AllowedFiles.isIdentity(token)).isTrue();
        assertThat(AllowedFiles.isIdentity(Path.of("/run/secrets/x/../kubernetes.io/serviceaccount/token")))
                .isTrue();
        assertThat(AllowedFiles.isIdentity(link)).isFalse();
        assertThat(files.refusal(link)).contains("'" + link + "'", "the credential of the runner's machine or pod");
    }

    @Test
    void usualMountsAreAllowedUnlessAListSaysOtherwise() {
        AllowedFiles usual = AllowedFiles.read(Settings.root(Map.of(), new Problems()), Set.of(data));
        AllowedFiles none = read(List.of(), Set.of(), new Problems());
        Path token = Path.of("/var/run/secrets/kubernetes.io/serviceaccount/token");

        for (Path file : List.of(token, Path.of("/run/secrets/a"), Path.of("/var/run/secrets/azure/tokens/t"))) {
            assertThat(usual.refusal(file)).isNull();
            assertThat(none.refusal(file)).isNotNull();
        }
        assertThat(AllowedFiles.isIdentity(token)).isTrue();
        assertThat(AllowedFiles.isIdentity(Path.of("/var/run/secrets/mine"))).isFalse();
        assertThat(usual.withoutIdentities().refusal(token)).contains("the credential of the runner's machine or pod");
        assertThat(usual.withoutIdentities().refusal(Path.of("/run/secrets/a"))).isNull();
        assertThat(AllowedFiles.ANY.withoutIdentities().refusal(token)).isNull();
    }

    private String content(Path file) throws Exception {
        try (InputStream in = files.open(file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void fileThatTheEnvironmentNamesIsTheIdentityOfTheMachine() {
        assertThat(AllowedFiles.identities(Map.of(
                        "GOOGLE_APPLICATION_CREDENTIALS",
                        "/run/secrets/gcp.json",
                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                        "/run/secrets/aws/token",
                        "AZURE_FEDERATED_TOKEN_FILE",
                        " ",
                        "VAULT_TOKEN",
                        "/not/a/file")))
                .contains(Path.of("/run/secrets/gcp.json"), Path.of("/run/secrets/aws/token"))
                .hasSize(AllowedFiles.identities(Map.of()).size() + 2);
    }

    private static AllowedFiles read(List<String> allow, Set<Path> own, Problems problems) {
        return AllowedFiles.read(Settings.root(Map.of("files", Map.of("allow", allow)), problems), own);
    }
}
