package dev.secretproviders.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Where the section {@code certificates} has certificates written. */
class CertificateSettingsTest {
    private static final Map<String, String> ENVIRONMENT = Map.of("ADMIN", "a-key-of-the-admin-api");
    private static final Map<String, ?> ADMIN_API = Map.of("uri", "http://127.0.0.1:9180", "admin_key", "$env://ADMIN");

    private final Problems problems = new Problems();

    private CertificateSettings read(Map<String, ?> configuration) {
        return CertificateSettings.read(Settings.root(configuration, problems), ENVIRONMENT);
    }

    @Test
    void adminApiOfTheSectionComesFirst() {
        try (CertificateSettings settings = read(Map.of(
                "certificates",
                Map.of("interval", "5s", "warn-before", "7d", "admin-api", ADMIN_API),
                "consumers",
                Map.of("source", "etcd")))) {
            assertThat(Objects.requireNonNull(settings.gateway()).place())
                    .isEqualTo(URI.create("http://127.0.0.1:9180"));
            assertThat(settings.interval()).isEqualTo(Duration.ofSeconds(5));
            assertThat(settings.warnBefore()).isEqualTo(Duration.ofDays(7));
            assertThat(problems.lines()).isEmpty();
        }
    }

    @Test
    void adminApiOfTheConsumersIsUsedWithoutOne() {
        try (CertificateSettings settings =
                read(Map.of("consumers", Map.of("source", "admin-api", "admin-api", ADMIN_API)))) {
            assertThat(settings.gateway()).isNotNull();
            assertThat(settings.noGateway()).isEmpty();
        }
    }

    @Test
    void standaloneGatewayIsNotWrittenAndTheReasonSaysWhatToDo() {
        try (CertificateSettings settings = read(Map.of("consumers", Map.of("source", "file")))) {
            assertThat(settings.gateway()).isNull();
            assertThat(settings.noGateway()).contains("standalone mode", "ApisixTls", "adc");
        }
        try (CertificateSettings settings = read(Map.of("consumers", Map.of("source", "standalone-api")))) {
            assertThat(settings.gateway()).isNull();
            assertThat(settings.noGateway()).contains("pushes the whole configuration", "ApisixTls", "adc");
        }
        try (CertificateSettings settings = read(Map.of())) {
            assertThat(settings.noGateway()).contains("certificates.admin-api.uri");
        }
    }

    @Test
    void incompleteAdminApiIsAProblem() {
        try (CertificateSettings settings =
                read(Map.of("certificates", Map.of("admin-api", Map.of("timeout", "1s"))))) {
            assertThat(settings.gateway()).isNotNull();
            assertThat(problems.lines())
                    .anyMatch(line -> line.startsWith("certificates.admin-api.uri: is required"))
                    .anyMatch(line -> line.startsWith("certificates.admin-api.admin_key: is required"));
        }
    }
}
