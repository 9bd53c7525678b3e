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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The example of docs/tutorials/custom-providers.md builds by itself from a copy outside the repository, as the author of a secret manager would
 * build it: with the published artifacts of the SPI, and nothing else of ours. It needs no network: what else the build needs comes from
 * the local repository of this build, which has just built the example.
 */
class ExampleBuildTest {
    private static final String VERSION = "0.1.0-SNAPSHOT";
    private static final Path ROOT = Path.of("..");

    @TempDir
    Path directory;

    @Test
    void copyOfTheExampleBuildsAgainstTheSpiAloneAndPassesTheContractTests() throws Exception {
        Path copy = directory.resolve("provider-etcd");
        copySources(ROOT.resolve("examples/provider-etcd"), copy);
        Path repository = directory.resolve("repository");
        publish(repository, "secret-providers", ROOT.resolve("pom.xml"), Map.of());
        publish(
                repository,
                "secret-provider-spi",
                ROOT.resolve("secret-provider-spi/pom.xml"),
                Map.of(".jar", spi(".jar"), "-tests.jar", spi("-tests.jar")));

        String log = build(copy, repository);

        assertThat(copy.resolve("target/surefire-reports/TEST-dev.secretproviders.example.etcd.EtcdProviderTest.xml"))
                .as(log)
                .content()
                .contains("secretThatExistsIsFound")
                .contains("failures=\"0\"")
                .contains("errors=\"0\"");
        try (JarFile jar = new JarFile(
                copy.resolve("target/example-provider-etcd-" + VERSION + ".jar").toFile())) {
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

    private static void copySources(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path relative = from.relativize(file);
                if (!relative.startsWith("target")) {
                    Path copied = to.resolve(relative);
                    Files.createDirectories(copied.getParent());
                    Files.copy(file, copied);
                }
            }
        }
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

    private String build(Path project, Path repository) throws Exception {
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
        Path log = directory.resolve("build.log");
        ProcessBuilder maven = new ProcessBuilder(List.of(
                        Path.of(property("maven.home"), "bin", "mvn").toString(),
                        "--batch-mode",
                        "--no-transfer-progress",
                        "--settings=" + settings,
                        "--global-settings=" + settings,
                        "-Dmaven.repo.local=" + repository,
                        "verify"))
                .directory(project.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        maven.environment().put("JAVA_HOME", System.getProperty("java.home"));
        maven.environment().keySet().removeAll(List.of("MAVEN_OPTS", "MAVEN_ARGS", "MAVEN_PROJECTBASEDIR"));
        Process running = maven.start();
        try {
            assertThat(running.waitFor(5, TimeUnit.MINUTES))
                    .as("the build ends")
                    .isTrue();
        } finally {
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
