package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the commands of docs/tutorials/custom-providers.md that build the example from a copy outside the repository. The build has the
 * published artifacts of the SPI, and nothing else of ours. It needs no network: what else it needs comes from the local repository of
 * this build, which has just built the example. That repository lacks the plugin that installs, so the SPI is laid there by this test.
 */
class ExampleBuildTest {
    private static final String VERSION = "0.1.0-SNAPSHOT";
    private static final Path ROOT = Path.of("..");
    private static final String PAGE = "docs/tutorials/custom-providers.md";

    @TempDir
    Path directory;

    @Test
    void commandsOfTheTutorialBuildTheExampleAgainstTheSpiAloneAndRunTheContractTests() throws Exception {
        Path copy = directory.resolve("provider-etcd");
        Path repository = directory.resolve("repository");
        publish(repository, "secret-providers", ROOT.resolve("pom.xml"), Map.of());
        publish(
                repository,
                "secret-provider-spi",
                ROOT.resolve("secret-provider-spi/pom.xml"),
                Map.of(".jar", spi(".jar"), "-tests.jar", spi("-tests.jar")));

        String log = run(copy, repository);

        assertThat(copy.resolve("target/surefire-reports/TEST-dev.secretproviders.example.etcd.EtcdProviderTest.xml"))
                .as(log)
                .content()
                .contains("secretThatExistsIsFound")
                .contains("failures=\"0\"")
                .contains("errors=\"0\"");
        try (JarFile jar = new JarFile(copy.resolve("plugins/example-provider-etcd-" + VERSION + ".jar")
                .toFile())) {
            assertThat(jar.stream().map(JarEntry::getName))
                    .contains(
                            "dev/secretproviders/example/etcd/EtcdProviderFactory.class",
                            "META-INF/services/dev.secretproviders.spi.ProviderFactory",
                            "tools/jackson/databind/ObjectMapper.class")
                    .noneMatch(name -> name.startsWith("dev/secretproviders/spi/"));
        }
    }

    private static Path spi(String end) {
        return ROOT.resolve("secret-provider-spi/target/secret-provider-spi-" + VERSION + end);
    }

    /** Lays an artifact into a local repository, as {@code mvn install} does. */
    private static void publish(Path repository, String artifact, Path pom, Map<String, Path> files)
            throws IOException {
        Path place = Files.createDirectories(
                repository.resolve("dev/secretproviders").resolve(artifact).resolve(VERSION));
        Files.copy(pom, place.resolve(artifact + "-" + VERSION + ".pom"));
        for (Map.Entry<String, Path> file : files.entrySet()) {
            Files.copy(file.getValue(), place.resolve(artifact + "-" + VERSION + file.getKey()));
        }
    }

    /** Runs the commands of the page in one shell, with this build's Maven and repository. */
    private String run(Path copy, Path repository) throws Exception {
        Path settings = Files.writeString(directory.resolve("settings.xml"), """
                <settings>
                  <mirrors>
                    <mirror>
                      <id>this-build</id>
                      <mirrorOf>*</mirrorOf>
                      <url>%s</url>
                    </mirror>
                  </mirrors>
                </settings>
                """.formatted(
                        Path.of(property("maven.repository")).toUri()));
        String commands = DocumentedBlock.of(PAGE, DocumentedBlock.read(PAGE)).stream()
                .filter(block -> block.text().contains("mvn ") || block.text().contains("etcdctl "))
                .map(DocumentedBlock::text)
                .collect(Collectors.joining());
        assertThat(commands).contains("install\n", "verify\n", "etcdctl put ");
        String script = """
                mvn() {
                    case " $* " in *" install ") return ;; esac
                    '%s' --batch-mode --no-transfer-progress --settings='%s' --global-settings='%s' \
                        -Dmaven.repo.local='%s' "$@"
                }
                etcdctl() { :; }
                """.formatted(Path.of(property("maven.home"), "bin", "mvn"), settings, settings, repository)
                + commands.replace("/tmp/provider-etcd", copy.toString());
        Path log = directory.resolve("build.log");
        ProcessBuilder shell = new ProcessBuilder("bash", "-eu", "-c", script)
                .directory(ROOT.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        shell.environment().put("JAVA_HOME", System.getProperty("java.home"));
        shell.environment().keySet().removeAll(List.of("MAVEN_OPTS", "MAVEN_ARGS", "MAVEN_PROJECTBASEDIR"));
        Process running = shell.start();
        try {
            assertThat(running.waitFor(5, TimeUnit.MINUTES))
                    .as("the build ends")
                    .isTrue();
        } finally {
            running.descendants().forEach(ProcessHandle::destroyForcibly);
            running.destroyForcibly();
        }
        String said = Files.readString(log);
        assertThat(running.exitValue()).as(said).isZero();
        return said;
    }

    private static String property(String name) {
        return Objects.requireNonNull(System.getProperty(name), () -> "the build sets " + name);
    }
}
