package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.ConfigurationSource;
import dev.secretproviders.settings.InvalidSettingsException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The problems that {@code --check} finds. It reads the configuration in the same way as a start. */
class ConfigurationCheckTest {
    private static final String CANARY = "canary-in-a-wrong-configuration";

    @TempDir
    Path directory;

    @Test
    void aValidConfigurationHasNoProblems() throws IOException {
        assertThat(problems("""
                consumers: {source: none}
                logging: {level: {root: info, org.apache.catalina: off}, structured: {format: {console: ""}}}
                server: {port: 0, tomcat: {threads: {max: 20}}}
                management: {endpoint: {health: {group: {mine: {include: runner}}}}}
                spring: {ssl: {bundle: {pem: {one: {reload-on-update: true}}}}}
                """)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "provider: {vault: {}}                        | provider      | providers",
                "consumer: {source: none}                     | consumer      | consumers",
                "'servr: {port: 0}'                           | servr         | server",
                "cryptto: {keyring: x}                        | cryptto       | crypto",
                "'last-known-good: {enable: true}'            | last-known-good.enable | enabled",
                "'store: {typ: etcd}'                         | store.typ     | type",
                "'server: {prot: 0}'                          | server.prot   | server.port",
                "'management: {server: {adress: 127.0.0.1}}'  | management.server.adress | management.server.address",
                "'logging: {levels: {root: info}}'            | logging.levels.root | logging.level",
            })
    void anUnknownNameIsAnErrorWithTheNameThatWasMeant(String yaml, String field, String meant) throws IOException {
        assertThat(problems(yaml))
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .startsWith(directory.resolve("application.yaml") + ":2: " + field + ": ")
                        .contains("did you mean '" + meant));
    }

    @Test
    void eachProblemHasItsLineItsValueAndItsRemedy() throws IOException {
        assertThat(problems("""
                consumers: {source: etdc}
                runner:
                  request-deadline: soon
                  event-loops: many
                server:
                  port: high
                logging:
                  level:
                    root: LOUD
                """))
                .satisfiesExactlyInAnyOrder(
                        problem -> assertThat(problem)
                                .contains(":2: consumers.source: ", "not 'etdc'", "did you mean 'etcd'"),
                        problem -> assertThat(problem).contains(":4: runner.request-deadline: ", "not 'soon'", "500ms"),
                        problem -> assertThat(problem).contains(":5: runner.event-loops: ", "not 'many'", "0 to 256"),
                        problem -> assertThat(problem).contains(":7: server.port: ", "not 'high'", "0 to 65535"),
                        problem -> assertThat(problem).contains(":10: logging.level.root: ", "not 'LOUD'", "INFO"));
    }

    @Test
    void configurationAndTheKeyOfTheAdminApiAreTheRunnersOwn() throws IOException {
        Path key = Files.writeString(directory.resolve("admin.key"), "x");
        assertThat(problems("""
                consumers: {source: none}
                server: {ssl: {certificate-private-key: "file:%1$s"}}
                providers: {files: {allow: ["%2$s", "%1$s"]}}
                """.formatted(key, directory.resolve("application.yaml"))))
                .filteredOn(problem -> problem.contains("files.allow"))
                .hasSize(2)
                .allSatisfy(problem -> assertThat(problem).contains("runner's own data"));
    }

    @Test
    void secretsAreNotShown() throws IOException {
        assertThat(problems("""
                consumers: {source: none}
                providers:
                  vault:
                    prod: {uri: %1$s, token: %1$s, auth: {method: token, token: %1$s}, cache: {ttl: 1}}
                """.formatted(CANARY))).isNotEmpty().noneMatch(problem -> problem.contains(CANARY));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a: 1\\nb: [ " + CANARY + "\\nc: 2 | line 3",
                "a: 1\\n\\tb: " + CANARY + "     | spaces, not with tabs",
                "a: *" + CANARY + "              | in quotes",
                "a: !" + CANARY + " x            | line 1, column 4: put a value that begins with ! in quotes",
                "a: !!java/" + CANARY + " x      | in quotes",
                "a: & " + CANARY + "             | in quotes",
                "a: '@" + CANARY + "             | not closed",
                "a: @" + CANARY + "              | in quotes",
                "a: &s\\n  b: *s                  | an alias (*) of itself",
                "a: b: " + CANARY + "            | a colon and a space in quotes",
                "- " + CANARY + "                | holds no fields",
            })
    void malformedYamlIsLocatedAndNotQuoted(String yaml, String said) throws IOException {
        assertThat(whole(yaml.translateEscapes()))
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .contains(said.strip())
                        .doesNotContain(CANARY)
                        .doesNotContain("\tat "));
    }

    @Test
    void aFieldThatIsWrittenTwiceIsNamedWithBothLines() throws IOException {
        assertThat(whole("""
                server: {port: 0}
                consumers:
                  source: none
                runner: {}
                server: {port: 0}
                consumers: {source: none}
                """))
                .satisfiesExactly(
                        problem -> assertThat(problem).contains("server: ", "line 1 already", "line 5"),
                        problem -> assertThat(problem).contains("consumers: ", "line 2 already", "line 6"));
    }

    @Test
    void variablesThatAreNotSetAreNamed() throws IOException {
        assertThat(problems("""
                consumers: {source: none}
                runner: {request-deadline: "${NO_SUCH_VARIABLE}"}
                providers: {vault: {prod: {uri: "http://127.0.0.1:1", prefix: a, token: $env://NO_SUCH_TOKEN}}}
                """))
                .anySatisfy(problem ->
                        assertThat(problem).contains(":3: runner.request-deadline: ", "NO_SUCH_VARIABLE", "is not set"))
                .anySatisfy(problem -> assertThat(problem)
                        .contains(":4: providers.vault.prod.token: ", "NO_SUCH_TOKEN", "is not set"));
    }

    @Test
    void whatTheMachineDoesNotHaveIsFound() throws IOException {
        Path others = Files.createDirectory(directory.resolve("others"));
        Files.setPosixFilePermissions(others, PosixFilePermissions.fromString("rwxrwxrwx"));
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(whole("""
                    runner:
                      socket: {path: /no/such/directory/r.sock, owner: nobody-of-this-name, group: no-group-of-this-name}
                      data-dir: %s
                    consumers: {source: file, file: {path: /no/such/apisix.yaml}}
                    server:
                      port: %d
                      ssl: {certificate: /no/such.pem, certificate-private-key: /no/such.key}
                    """.formatted(others, taken.getLocalPort())))
                    .satisfiesExactlyInAnyOrder(
                            problem -> assertThat(problem).contains("runner.socket.path: there is no directory"),
                            problem -> assertThat(problem).contains("runner.socket.owner: ", "give its number"),
                            problem -> assertThat(problem).contains("runner.socket.group: ", "give its number"),
                            problem -> assertThat(problem).contains("runner.data-dir: ", "chmod 700"),
                            problem -> assertThat(problem).contains("consumers.file.path: there is no readable file"),
                            problem -> assertThat(problem).contains(":6: server.port: ", "cannot be used"),
                            problem -> assertThat(problem).contains(":7: server.ssl.certificate: there is no"),
                            problem ->
                                    assertThat(problem).contains(":7: server.ssl.certificate-private-key: there is"));
        }
    }

    @Test
    void pathsThatAreTooLongForSocketsAreFound() throws IOException {
        Path far = Files.createDirectories(directory.resolve("a".repeat(60)).resolve("b".repeat(60)));
        assertThat(whole("runner: {socket: {path: %s/r.sock}, data-dir: %s/data}\nserver: {port: 0}\n"
                        .formatted(far, far)))
                .anySatisfy(problem -> assertThat(problem).contains("runner.socket.path: has more than 96 bytes"))
                .anySatisfy(problem -> assertThat(problem).contains("runner.data-dir: ", "too long"));
    }

    @Test
    void destinationsAreTriedOnRequestOnly() throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        try (ServerSocket open = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String yaml = """
                    consumers: {source: etcd, etcd: {endpoints: ["http://127.0.0.1:%d"]}}
                    providers: {vault: {prod: {uri: "http://127.0.0.1:%d", prefix: a, token: b}}}
                    """.formatted(closed, open.getLocalPort());
            assertThat(problems(yaml)).isEmpty();
            assertThat(problems(yaml, true))
                    .singleElement()
                    .satisfies(problem -> assertThat(problem)
                            .contains(":2: consumers.etcd.endpoints[0]: 127.0.0.1:" + closed + " cannot be reached"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server: {address: ''}",
                "server: {address: '${UNSET_ADDRESS:}'}",
                "server: {address: 0.0.0.0, ssl: {enabled: false, certificate: CERTIFICATE}}",
                "server: {address: 0.0.0.0, ssl: {certificate: ''}}",
                "server: {address: '::'}",
                "management: {server: {port: 9}}",
                "management: {server: {port: 9, address: ''}}",
            })
    void theAdminApiIsNotServedInClearBeyondThisMachine(String yaml) throws IOException {
        Path certificate = Files.writeString(directory.resolve("c.pem"), "");
        assertThat(problems(yaml.replace("CERTIFICATE", certificate.toString())))
                .singleElement()
                .satisfies(problem -> assertThat(problem).contains("server.address: "));
    }

    @Test
    void nothingOfTheWorkingDirectoryIsRead() throws IOException {
        Path file = Files.writeString(directory.resolve("a, b;c.yaml"), "runner: {request-deadline: 2s}");
        ConfigurationSource source = new ConfigurationSource(file, null);
        assertThat(ConfigurationSource.written(source.read())).containsOnlyKeys("runner.request-deadline");
    }

    private List<String> problems(String yaml) throws IOException {
        return problems(yaml, false);
    }

    private List<String> problems(String yaml, boolean connect) throws IOException {
        return read("runner.socket.path: " + directory.resolve("r.sock") + "\n" + yaml, connect);
    }

    private List<String> whole(String yaml) throws IOException {
        return read(yaml, false);
    }

    private List<String> read(String yaml, boolean connect) throws IOException {
        Path file = Files.writeString(directory.resolve("application.yaml"), yaml);
        ConfigurationSource source = new ConfigurationSource(file, null);
        try (Configuration _ =
                Configuration.read(source.read(), source, true, new Check(connect, Map.of("SET", "x")))) {
            return List.of();
        } catch (InvalidSettingsException e) {
            return e.problems();
        }
    }
}
