package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How users and maintainers check a release: by the commands of the page, and by {@code scripts/release --verify}. That two
 * builds are the same is looked at by {@code scripts/test --all}.
 */
final class ReleaseTest {
    private static final Path SCRIPT =
            Path.of("../scripts/release").toAbsolutePath().normalize();

    @TempDir
    private Path home;

    private Path release;
    private String checks;

    private record Ran(int code, String said) {}

    @BeforeEach
    void sign() throws Exception {
        release = Files.createDirectory(home.resolve("release"));
        Files.writeString(release.resolve("secret-providers.tar.gz"), "the distribution");
        Files.writeString(release.resolve("BUILD"), "commit: 0123456789abcdef\n");
        // As releasing.md has it, but for the passphrase, which a person types.
        String key = block("docs/contributing/releasing.md", "ssh-keygen -t ed25519")
                .replace("ssh-keygen -t", "mkdir -p ~/.ssh && ssh-keygen -q -N '' -t");
        Files.writeString(home.resolve("release-signers"), run(home, key).said());
        checks = block("docs/how-to/installation.md", "ssh-keygen -Y verify");
        sum();
        sign("~/.ssh/secret-providers-release");
    }

    private static String block(String page, String text) {
        return DocumentedBlock.all().stream()
                .filter(one -> one.page().equals(page) && one.text().contains(text))
                .map(DocumentedBlock::text)
                .findFirst()
                .orElseThrow();
    }

    private void sum() throws Exception {
        assertThat(run(release, "sha256sum BUILD secret-providers.tar.gz >SHA256SUMS")
                        .code())
                .isZero();
    }

    private void sign(String key) throws Exception {
        String command =
                "rm -f SHA256SUMS.sig; ssh-keygen -q -Y sign -f " + key + " -n secret-providers-release SHA256SUMS";
        assertThat(run(release, command).code()).isZero();
    }

    private Ran run(Path directory, String script) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(List.of("bash", "-eu", "-c", script))
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().putAll(Map.of("HOME", home.toString()));
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ran(process.exitValue(), said);
    }

    private Ran verify() throws Exception {
        return run(home, SCRIPT + " --verify release --signers release-signers");
    }

    @Test
    void releaseAsItWasSignedIsAccepted() throws Exception {
        Ran users = run(release, checks);
        assertThat(users.code()).as(users.said()).isZero();
        assertThat(users.said()).contains("Good ", "secret-providers.tar.gz: OK");
        Ran ours = verify();
        assertThat(ours.code()).as(ours.said()).isZero();
        assertThat(ours.said()).contains("0123456789abcdef");
    }

    @Test
    void changedFileIsFound() throws Exception {
        Files.writeString(release.resolve("secret-providers.tar.gz"), "another distribution");
        assertThat(run(release, checks).code()).isNotZero();
        assertThat(verify().said()).contains("not the one that was signed");
        sum();
        assertThat(run(release, checks).code()).isNotZero();
        assertThat(verify().said()).contains("the signature is not one of");
    }

    @Test
    void signatureOfAnotherKeyIsNoSignature() throws Exception {
        assertThat(run(home, "ssh-keygen -q -N '' -t ed25519 -f another").code())
                .isZero();
        sign("../another");
        assertThat(run(release, checks).code()).isNotZero();
        assertThat(verify().code()).isNotZero();
    }

    @Test
    void fileThatNobodySignedIsNamed() throws Exception {
        Files.writeString(release.resolve("extra.jar"), "x");
        assertThat(verify().said()).contains("not part of the release: extra.jar");
    }

    /**
     * A project with the script, in which small programs stand for Maven and for {@code scripts/package}. What they would
     * make is looked at by {@code scripts/test --all}.
     */
    private static final String PROJECT = """
            export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
            mkdir -p project/scripts/lib programs
            cd project
            cp "$SCRIPT" scripts/
            cp "$(dirname "$SCRIPT")/lib/common.sh" scripts/lib/
            echo '  <version>1.2.3</version>' >pom.xml
            cat >scripts/package <<'END'
            set -e
            mkdir -p target/distribution/secret-providers-1.2.3
            echo distribution >target/distribution/secret-providers-1.2.3/file
            END
            cat >../programs/mvn <<'END'
            #!/bin/sh
            set -e
            [ "$1" != -version ] || { echo 'Apache Maven 3.9.9'; exit; }
            echo built >>"$HOME/builds"
            mkdir -p runner-plugin/target secret-provider-spi/target
            echo bom >runner-plugin/target/bom.json
            for jar in '' -sources -javadoc; do echo jar >"secret-provider-spi/target/secret-provider-spi-1.2.3$jar.jar"; done
            END
            chmod +x scripts/package ../programs/mvn
            git init -q
            git add .
            git -c user.name=test -c user.email=test@example.com commit -q -m project
            """;

    private Ran release(String arguments) throws Exception {
        if (!Files.exists(home.resolve("project"))) {
            Ran made = run(home, "SCRIPT='" + SCRIPT + "'\n" + PROJECT);
            assertThat(made.code()).as(made.said()).isZero();
        }
        return run(home, "PATH=$HOME/programs:$PATH project/scripts/release " + arguments);
    }

    /** By a relative name, as scripts/test has it: the script works in other directories meanwhile. */
    @Test
    void releaseIsSignedAndThereAfterTheScriptEnds() throws Exception {
        Ran made = release("--out out/next --key .ssh/secret-providers-release");
        assertThat(made.code()).as(made.said()).isZero();
        assertThat(home.resolve("out/next"))
                .isDirectoryContaining(file -> file.endsWith("secret-providers-1.2.3.tar.gz"))
                .isDirectoryContaining(file -> file.endsWith("SHA256SUMS.sig"));
        Ran verified = run(home, SCRIPT + " --verify out/next --signers release-signers");
        assertThat(verified.code()).as(verified.said()).isZero();

        Ran compared = release("--compare out/next");
        assertThat(compared.code()).as(compared.said()).isZero();
        assertThat(compared.said()).contains("The same bytes: 6 files");
    }

    @Test
    void keyThatCannotSignIsFoundBeforeTheBuild() throws Exception {
        Files.writeString(home.resolve("broken"), "no key");
        Ran ran = release("--out out --key broken");
        assertThat(ran.code()).isNotZero();
        assertThat(ran.said()).contains("broken cannot sign");
        assertThat(home.resolve("builds")).doesNotExist();
        assertThat(home.resolve("out")).doesNotExist();
    }

    @Test
    void releaseWithoutAKeyTakesAWordThatSaysSo() throws Exception {
        Ran ran = run(home, SCRIPT.toString());
        assertThat(ran.code()).isNotZero();
        assertThat(ran.said()).contains("--key FILE", "--unsigned");
    }
}
