package dev.secretproviders.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ConsumerSourcesTest {
    private static final String CANARY = "c4n4ry";
    private static final Map<String, String> ENVIRONMENT = Map.of("ADMIN_KEY", CANARY, "ETCD_PASSWORD", CANARY);
    private static final List<String> ENDPOINT = List.of("http://127.0.0.1:2379");

    private final Problems problems = new Problems();

    @Test
    void withoutAnythingThereAreNoConsumers() {
        try (ConsumerSource source = create(Map.of())) {
            assertThat(source).isInstanceOf(NoConsumerSource.class);
            try (HeardSnapshots told = new HeardSnapshots(source)) {
                assertThat(told.awaitConsumers()).isEqualTo(ConsumerSnapshot.EMPTY);
            }
        }
        assertThat(problems.lines()).isEmpty();
    }

    static Stream<Arguments> soundSections() {
        return Stream.of(
                Arguments.of("file", Map.of("path", "/nowhere/apisix.yaml")),
                Arguments.of("admin-api", Map.of("uri", "http://127.0.0.1:9180/", "admin_key", "$env://ADMIN_KEY")),
                Arguments.of("admin-api", Map.of("uri", "https://apisix:9180", "admin_key", CANARY, "interval", "1s")),
                Arguments.of(
                        "standalone-api",
                        Map.of("addresses", List.of("http://127.0.0.1:9180/", "http://[::1]:9180"), "admin_key", "k")),
                Arguments.of(
                        "standalone-api",
                        Map.of("addresses", "https://apisix-1,https://apisix-2", "admin_key", "$env://ADMIN_KEY")),
                Arguments.of("etcd", Map.of("endpoints", ENDPOINT)),
                Arguments.of("etcd", Map.of("endpoints", "https://one:2379,https://two:2379", "prefix", "/gate/")),
                Arguments.of(
                        "etcd",
                        Map.of("endpoints", ENDPOINT, "username", "apisix", "password", "$env://ETCD_PASSWORD")),
                Arguments.of(
                        "etcd",
                        Map.of(
                                "endpoints",
                                ENDPOINT,
                                "data_encryption",
                                Map.of("enabled", true, "keyring", List.of("0123456789abcdef")))));
    }

    @ParameterizedTest
    @MethodSource("soundSections")
    void soundSectionMakesItsSource(String kind, Map<String, ?> section) {
        try (ConsumerSource source = create(Map.of("source", kind, kind, section))) {
            assertThat(source.status()).isEqualTo(new ConsumerSource.Status(kind, false, null, null));
        }
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void sectionsOfOtherSourcesMayStay() {
        create(Map.of("source", "file", "file", Map.of("path", "/a.yaml"), "etcd", Map.of("endpoints", "nonsense")))
                .close();

        assertThat(problems.lines()).isEmpty();
    }

    static Stream<Arguments> wrongSections() {
        String uri = "http://127.0.0.1:9180";
        return Stream.of(
                wrong("file", Map.of(), "path: is required"),
                wrong(
                        "file",
                        Map.of("path", "/a.yaml", "paht", "x"),
                        "paht: is not a known field; did you mean 'path'?; known here: path"),
                wrong(
                        "admin-api",
                        Map.of(),
                        "uri: is required, for example http://127.0.0.1:9180",
                        "admin_key: is required; write a reference such as $env://APISIX_ADMIN_KEY"),
                wrong(
                        "admin-api",
                        Map.of("uri", "http://u:c4n4ry@host", "admin_key", "k"),
                        "uri: expected an address such as https://host:8200, without user, password or query"),
                wrong(
                        "admin-api",
                        Map.of("uri", uri, "admin_key", "$env://NOT_SET"),
                        "admin_key: expected $env://NAME of a variable that is set"),
                wrong(
                        "admin-api",
                        Map.of("uri", uri, "admin_key", "$secret://vault/prod/admin/key"),
                        "admin_key: expected $env://NAME of a variable that is set"),
                wrong(
                        "admin-api",
                        Map.of("uri", uri, "admin_key", "k", "interval", "10ms", "timeout", "0"),
                        "interval: expected at least 100ms",
                        "timeout: expected at least 100ms"),
                wrong(
                        "admin-api",
                        Map.of("uri", uri, "admin_key", "k", "tls", Map.of("ca_file", "/nowhere/ca.pem")),
                        "tls.ca_file: there is no readable file '/nowhere/ca.pem'"),
                wrong(
                        "standalone-api",
                        Map.of(),
                        "addresses: is required, for example [http://127.0.0.1:9180]",
                        "admin_key: is required; write a reference such as $env://APISIX_ADMIN_KEY"),
                wrong(
                        "standalone-api",
                        Map.of("uri", uri, "addresses", List.of(uri), "admin_key", "k"),
                        "uri: is not a known field; known here: addresses, admin_key, interval, timeout, tls"),
                wrong(
                        "standalone-api",
                        Map.of("addresses", List.of("http://u:c4n4ry@host", "ftp://host"), "admin_key", "k"),
                        "addresses: expected addresses such as http://127.0.0.1:9180, without path and user"),
                wrong(
                        "standalone-api",
                        Map.of("addresses", List.of(uri, uri + "/"), "admin_key", "k"),
                        "addresses: 'http://127.0.0.1:9180' is written twice; remove one of them"),
                wrong(
                        "standalone-api",
                        Map.of("addresses", List.of(uri), "admin_key", "k", "interval", "10ms", "timeout", "0"),
                        "interval: expected at least 100ms",
                        "timeout: expected at least 100ms"),
                wrong("etcd", Map.of(), "endpoints: is required, for example [http://127.0.0.1:2379]"),
                wrong(
                        "etcd",
                        Map.of("endpoints", List.of("http://u:c4n4ry@host:2379")),
                        "endpoints: expected addresses such as http://127.0.0.1:2379, without path and user"),
                wrong(
                        "etcd",
                        Map.of("endpoints", List.of("http://a:99999", "http://b:0")),
                        "endpoints: 'http://a:99999' has no valid port; write a port from 1 to 65535",
                        "endpoints: 'http://b:0' has no valid port; write a port from 1 to 65535"),
                wrong(
                        "etcd",
                        Map.of("endpoints", List.of("http://a:2379", "https://b:2379")),
                        "endpoints: write all of them with https, or none"),
                wrong(
                        "etcd",
                        Map.of("endpoints", ENDPOINT, "prefix", "apisix"),
                        "prefix: must start with a slash, as /apisix"),
                wrong(
                        "etcd",
                        Map.of("endpoints", ENDPOINT, "username", "apisix"),
                        "password: username and password go together"),
                wrong(
                        "etcd",
                        Map.of("endpoints", ENDPOINT, "password", CANARY),
                        "username: username and password go together"),
                wrong(
                        "etcd",
                        Map.of("endpoints", ENDPOINT, "data_encryption", Map.of("keyring", List.of("c4n4ry-short"))),
                        "data_encryption.keyring: expected keys of 16 or 32 bytes, the ones of"
                                + " apisix.data_encryption.keyring"));
    }

    private static Arguments wrong(String kind, Map<String, ?> section, String... said) {
        return Arguments.of(kind, section, List.of(said));
    }

    @ParameterizedTest
    @MethodSource("wrongSections")
    void everyProblemIsSaidWithItsPathAndNoSecret(String kind, Map<String, ?> section, List<String> said) {
        create(Map.of("source", kind, kind, section)).close();

        assertThat(problems.lines())
                .containsExactlyInAnyOrderElementsOf(said.stream()
                        .map(line -> "consumers." + kind + "." + line)
                        .toList());
        assertThat(problems.lines().toString()).doesNotContain(CANARY);
    }

    @Test
    void unknownSourceIsSaid() {
        create(Map.of("source", "zookeeper")).close();

        assertThat(problems.lines())
                .containsExactly("consumers.source: expected one of none, etcd, admin-api, file, standalone-api");
    }

    @Test
    void misspeltSourceIsSaidWithTheRightOne() {
        create(Map.of("source", "standalone_api")).close();

        assertThat(problems.lines()).singleElement().asString().endsWith("did you mean 'standalone-api'?");
    }

    @Test
    void certificatesThatCannotBeUsedAreSaid(@TempDir Path directory) throws IOException {
        String nonsense = Files.writeString(directory.resolve("ca.pem"), CANARY).toString();
        List<String> https = List.of("https://127.0.0.1:2379");

        etcd(Map.of("endpoints", https, "tls", Map.of("ca_file", nonsense)));
        etcd(Map.of("endpoints", https, "tls", Map.of("cert_file", nonsense)));
        etcd(Map.of("endpoints", ENDPOINT, "tls", Map.of("ca_file", nonsense)));
        create(Map.of(
                        "source",
                        "admin-api",
                        "admin-api",
                        Map.of("uri", "https://a", "admin_key", "k", "tls", Map.of("ca_file", nonsense))))
                .close();

        assertThat(problems.lines())
                .containsExactly(
                        "consumers.etcd.tls: the certificates or the key cannot be used; PEM files are needed, the key"
                                + " in PKCS#8",
                        "consumers.etcd.tls.key_file: cert_file and key_file go together",
                        "consumers.etcd.tls: is of no use while endpoints are written with http; write https",
                        "consumers.admin-api.tls.ca_file: is not a PEM file with certificates");
    }

    private void etcd(Map<String, ?> section) {
        create(Map.of("source", "etcd", "etcd", section)).close();
    }

    private ConsumerSource create(Map<String, ?> consumers) {
        Settings root = Settings.root(Map.of("consumers", consumers), problems);
        ConsumerSource source = ConsumerSources.create(root.section("consumers"), new KeyDigester(), ENVIRONMENT);
        root.finish();
        return source;
    }
}
