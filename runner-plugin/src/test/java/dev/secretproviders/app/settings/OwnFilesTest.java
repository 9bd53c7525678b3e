package dev.secretproviders.app.settings;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.certificate.TestCertificates;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.spi.ProviderId;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The files of the configuration that no object of the Admin API may have read. Otherwise a user who may write providers
 * could send the runner's own keys anywhere.
 */
class OwnFilesTest {
    private static final Path ROOT = Path.of("..");

    /** Where consumers come from. Each kind has files of its own. */
    enum Source {
        ETCD("etcd", "consumers.etcd.tls"),
        FILE("file", null),
        ADMIN_API("admin-api", "consumers.admin-api.tls"),
        STANDALONE("standalone-api", "consumers.standalone-api.tls");

        private final String kind;
        private final @Nullable String tls;

        Source(String kind, @Nullable String tls) {
            this.kind = kind;
            this.tls = tls;
        }

        List<String> own() {
            return switch (this) {
                case ETCD -> List.of("consumers.etcd.tls.key_file", "consumers.etcd.tls.cert_file");
                case FILE -> List.of("consumers.file.path");
                case ADMIN_API, STANDALONE -> List.of();
            };
        }
    }

    /** The fields whose files are the runner's own. */
    private static final List<String> OWN = List.of(
            "runner.socket.path",
            "runner.data-dir",
            "runner.plugins-dir",
            "crypto.keyring",
            "store.etcd.tls.cert_file",
            "store.etcd.tls.key_file",
            "audit.file",
            "audit.syslog-tls.cert_file",
            "audit.syslog-tls.key_file",
            "audit.webhook.secret-file",
            "audit.webhook.tls.cert_file",
            "audit.webhook.tls.key_file",
            "audit.otlp.tls.cert_file",
            "audit.otlp.tls.key_file",
            "tracing.otlp.tls.cert_file",
            "tracing.otlp.tls.key_file",
            "dashboard.oidc.client-secret-file");

    /** The same of Spring Boot's sections. */
    private static final List<String> SPRINGS = List.of(
            "server.ssl.certificate",
            "server.ssl.certificate-private-key",
            "server.ssl.key-store",
            "management.server.ssl.certificate-private-key",
            "management.server.ssl.key-store",
            "spring.ssl.bundle.pem.admin.keystore.certificate",
            "spring.ssl.bundle.pem.admin.keystore.private-key",
            "spring.ssl.bundle.jks.other.keystore.location",
            "spring.config.import",
            "logging.config");

    /** Authorities to trust are no secret, and a secret manager may have the same ones. */
    private static final List<String> TRUSTED = List.of(
            "store.etcd.tls.ca_file",
            "audit.syslog-tls.ca_file",
            "audit.webhook.tls.ca_file",
            "audit.otlp.tls.ca_file",
            "tracing.otlp.tls.ca_file",
            "dashboard.oidc.tls.ca_file",
            "certificates.admin-api.tls.ca_file",
            "server.ssl.trust-certificate",
            "spring.ssl.bundle.pem.admin.truststore.certificate",
            "spring.ssl.bundle.jks.other.truststore.location");

    /** Fields of providers that the page names without the section. */
    private static final Set<String> OF_PROVIDERS = Set.of("token_file");

    /** What a configuration with all these sections needs, too. */
    private static final List<String> REST = List.of(
            "store.type: etcd",
            "store.etcd.endpoints: ['https://127.0.0.1:1']",
            "audit.syslog: tls://127.0.0.1",
            "audit.webhook.url: https://127.0.0.1",
            "audit.otlp.endpoint: https://127.0.0.1",
            "tracing.otlp.endpoint: https://127.0.0.1",
            "dashboard.url: https://127.0.0.1",
            "dashboard.oidc.issuer: https://127.0.0.1",
            "dashboard.oidc.client-id: runner",
            "dashboard.oidc.roles: [{group: g, roles: [admin]}]",
            "certificates.admin-api.uri: http://127.0.0.1",
            "certificates.admin-api.admin_key: k",
            "consumers.etcd.endpoints: ['https://127.0.0.1:1']",
            "consumers.admin-api.uri: http://127.0.0.1",
            "consumers.admin-api.admin_key: k",
            "consumers.standalone-api.addresses: ['http://127.0.0.1']",
            "consumers.standalone-api.admin_key: k");

    @TempDir
    private Path temp;

    private Path allowed;

    @BeforeEach
    void start() throws IOException {
        allowed = Files.createDirectories(temp.toRealPath().resolve("allowed"));
    }

    @ParameterizedTest
    @EnumSource
    void providerThatNamesAFileOfTheRunnersOwnIsRefused(Source source) throws Exception {
        Map<String, Path> own = new LinkedHashMap<>();
        for (String field :
                Stream.of(OWN, SPRINGS, source.own()).flatMap(List::stream).toList()) {
            own.put(field, file(field));
        }
        List<String> trusted = new ArrayList<>(TRUSTED);
        if (source.tls != null) {
            trusted.add(source.tls + ".ca_file");
        }
        Map<String, Path> open = new LinkedHashMap<>();
        for (String field : trusted) {
            open.put(field, file(field));
        }

        try (Configuration configuration = read(source, own, open)) {
            own.forEach((field, file) -> assertThatThrownBy(() -> provider(configuration, file))
                    .as(field)
                    .isInstanceOf(InvalidSettingsException.class)
                    .hasMessageContaining("path: '" + file + "' is one of the runner's own files")
                    .hasMessageContaining("no provider may read"));
            own.forEach((field, file) -> assertThatThrownBy(() -> configuration
                            .providers()
                            .prepare(
                                    new ProviderId("vault", "other"),
                                    Map.of("uri", "https://other", "auth", Map.of("method", "jwt", "jwt_file", file))))
                    .as(field)
                    .hasMessageContaining("auth.jwt_file: '" + file + "'")
                    .hasMessageContaining("no provider may read"));
            open.forEach((field, file) -> assertThatThrownBy(() -> provider(configuration, file))
                    .as("the end of the name is wrong, nothing else: %s", field)
                    .hasMessageNotContaining("no provider may read"));
            assertThat(paths(List.of(configuration.runner().dataDirectory(), configuration.control())))
                    .as("all files that the settings hold")
                    .hasSizeGreaterThan(3)
                    .allSatisfy(file -> assertThatThrownBy(() -> provider(configuration, file))
                            .hasMessageContaining("no provider may read"));
        }
    }

    /** A reader takes files from the settings by one of three methods, which remember them. A new name has to be decided. */
    @Test
    void everyNameOfAFieldWithAFileIsDecided() throws IOException {
        Pattern read = Pattern.compile("\\b(?:readableFile|trustFile|place)\\(\\s*\"([a-z_-]+)\"");
        Set<String> names = new TreeSet<>();
        for (String module : List.of("core", "transport", "runner-plugin")) {
            for (Path file : filesBelow(ROOT.resolve(module).resolve("src/main/java"), ".java")) {
                read.matcher(Files.readString(file)).results().forEach(found -> names.add(found.group(1)));
            }
        }

        assertThat(names)
                .isEqualTo(lastNames(Stream.of(
                                OWN.stream(),
                                TRUSTED.stream(),
                                Stream.of(Source.values()).flatMap(source -> source.own().stream()))
                        .flatMap(fields -> fields)
                        .filter(field -> !field.startsWith("server.") && !field.startsWith("spring."))));
    }

    @Test
    void everyFieldOfTheDocumentationThatLooksLikeAFileIsDecided() throws IOException {
        Pattern name = Pattern.compile("`([a-z][a-z.*_-]*)`");
        Pattern file = Pattern.compile(".*(?:file|keyring|[.-]dir|socket\\.path|certificate|private-key|[a-z]-store)");
        Set<String> documented = name.matcher(Files.readString(ROOT.resolve("docs/reference/configuration.md")))
                .results()
                .map((MatchResult found) -> found.group(1))
                .filter(field -> file.matcher(field).matches()
                        && !field.startsWith("providers.")
                        && !OF_PROVIDERS.contains(field))
                .collect(toCollection(TreeSet::new));

        assertThat(lastNames(documented.stream()))
                .isNotEmpty()
                .isSubsetOf(Stream.of(
                                OWN.stream(),
                                SPRINGS.stream(),
                                TRUSTED.stream(),
                                Stream.of(Source.values()).flatMap(source -> source.own().stream()))
                        .flatMap(fields -> lastNames(fields).stream())
                        .collect(toCollection(TreeSet::new)));
    }

    private static Set<String> lastNames(Stream<String> fields) {
        return fields.map(field -> field.substring(field.lastIndexOf('.') + 1)).collect(toCollection(TreeSet::new));
    }

    private static List<Path> filesBelow(Path directory, String end) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(end)).toList();
        }
    }

    /** Returns the paths that settings hold, in records of ours. */
    private static List<Path> paths(Object settings) throws ReflectiveOperationException {
        List<Path> found = new ArrayList<>();
        if (settings instanceof Path path) {
            found.add(path);
        } else if (settings instanceof List<?> list) {
            for (Object item : list) {
                found.addAll(paths(item));
            }
        } else if (settings instanceof Record && settings.getClass().getName().startsWith("dev.secretproviders.")) {
            for (RecordComponent component : settings.getClass().getRecordComponents()) {
                component.getAccessor().setAccessible(true);
                Object value = component.getAccessor().invoke(settings);
                if (value != null) {
                    found.addAll(paths(value));
                }
            }
        }
        return found;
    }

    private static void provider(Configuration configuration, Path file) {
        configuration
                .providers()
                .prepare(new ProviderId("file", "other"), Map.of("path", file.toString()))
                .close();
    }

    private Path file(String field) throws IOException {
        Path file = allowed.resolve(field);
        if (field.endsWith("-dir")) {
            return Files.createDirectories(file);
        }
        if (field.equals("spring.config.import")) {
            return Files.writeString(allowed.resolve("more.yaml"), "findings: {warn-before: 7d}\n");
        }
        TestCertificates.Issued issued = TestCertificates.server("runner").make();
        return Files.writeString(file, field.contains("key_file") ? issued.key() : issued.own());
    }

    private Configuration read(Source source, Map<String, Path> own, Map<String, Path> open) throws IOException {
        List<String> lines = new ArrayList<>(REST);
        // The certificate has to fit the key.
        for (Map.Entry<String, Path> one : own.entrySet()) {
            if (one.getKey().endsWith("key_file")) {
                TestCertificates.Issued issued =
                        TestCertificates.server("runner").make();
                Files.writeString(one.getValue(), issued.key());
                Files.writeString(allowed.resolve(one.getKey().replace("key_file", "cert_file")), issued.own());
            }
        }
        own.forEach((field, file) -> lines.add(field + ": 'file:" + file + "'"));
        lines.replaceAll(line ->
                SPRINGS.stream().anyMatch(field -> line.startsWith(field + ":")) ? line : line.replace("'file:", "'"));
        open.forEach((field, file) -> lines.add(field + ": '" + file + "'"));
        lines.add("consumers.source: " + source.kind);
        lines.add("providers.files.allow: ['" + allowed + "']");
        Path file = Files.write(temp.resolve("application.yaml"), lines);
        ConfigurationSource read = new ConfigurationSource(file, null);
        return Configuration.read(read.read(), read, true, Inspection.NONE);
    }
}
