package dev.secretproviders.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.sink.AuditSettings;
import dev.secretproviders.sink.SyslogAddress;
import dev.secretproviders.sink.SyslogAddress.Protocol;
import dev.secretproviders.sink.SyslogServer;
import dev.secretproviders.sink.WebhookSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuditSettingsTest {
    private static final String KEY = "0123456789abcdef0123456789abcdef";

    private final Problems problems = new Problems();

    @Test
    void usualSettingsKeepHalfAYearAndCopyNothing() {
        assertThat(read(Map.of())).isEqualTo(new AuditSettings(Duration.ofDays(180), null, null, null));
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void everySettingIsRead() {
        AuditSettings settings =
                read(Map.of("retention", "400d", "file", "/var/log/audit.jsonl", "syslog", "tcp://logs.example:6514"));

        assertThat(settings)
                .isEqualTo(new AuditSettings(
                        Duration.ofDays(400),
                        Path.of("/var/log/audit.jsonl"),
                        new SyslogServer(new SyslogAddress(Protocol.TCP, "logs.example", 6514), TlsSettings.DEFAULT),
                        null));
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void retentionOfZeroKeepsForEver() {
        assertThat(read(Map.of("retention", "0")).retention()).isZero();
        assertThat(problems.lines()).isEmpty();
    }

    @Test
    void retentionOfLessThanADayIsAMistake() {
        read(Map.of("retention", "12h"));

        assertThat(problems.lines()).containsExactly("audit.retention: expected at least 1d, or 0 to keep all records");
    }

    @ParameterizedTest
    @ValueSource(strings = {"audit.jsonl", "logs/audit.jsonl", "/"})
    void fileMustBeAnAbsolutePath(String file) {
        assertThat(read(Map.of("file", file)).file()).isNull();

        assertThat(problems.lines())
                .containsExactly("audit.file: expected the absolute path of a file, such as"
                        + " /var/log/secret-providers/audit.jsonl");
    }

    @Test
    void fileWithAByteThatNoPathHasIsAMistake() {
        assertThat(read(Map.of("file", "/a\0b")).file()).isNull();

        assertThat(problems.lines()).containsExactly("audit.file: is not the name of a file");
    }

    @ParameterizedTest
    @CsvSource({
        "udp://127.0.0.1,         udp://127.0.0.1:514",
        "TCP://logs,              tcp://logs:601",
        "tcp://log_server_1:1514, tcp://log_server_1:1514",
        "udp://[::1]:1514,        udp://[::1]:1514",
        "udp://[::1],             udp://[::1]:514",
        "tls://logs,              tls://logs:6514",
    })
    void syslogServerHasAUsualPort(String text, String meant) {
        SyslogServer server =
                Objects.requireNonNull(read(Map.of("syslog", text)).syslog());
        assertThat(server.address()).hasToString(meant);
        assertThat(problems.lines()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "logs.example:514",
                "http://logs.example",
                "udp://",
                "udp://:514",
                "udp://logs:0",
                "udp://logs:65536",
                "udp://logs:",
                "udp://logs:514/path",
                "udp://logs:514?x",
                "udp://user:password@logs:514",
                "udp://[logs]:514",
                "udp://::1:514",
                "udp://a b:514"
            })
    void syslogServerIsAnAddressAndNothingElse(String text) {
        assertThat(read(Map.of("syslog", text)).syslog()).isNull();

        List<String> lines = problems.lines();
        assertThat(lines)
                .containsExactly(
                        "audit.syslog: expected tls://host:6514, tcp://host:601 or udp://host:514, and nothing after"
                                + " the port");
    }

    @Test
    void tlsOfSyslogIsOnlyForTls() {
        read(Map.of("syslog", "tcp://logs", "syslog-tls", Map.of("ca_file", "/etc/hostname")));

        assertThat(problems.lines())
                .containsExactlyInAnyOrder(
                        "audit.syslog-tls: is only for audit.syslog with tls://",
                        "audit.syslog-tls.ca_file: the certificates are no PEM certificates, or do not fit the key");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        http://siem.example/hook | audit.webhook.url: expected https: over http, others could read who changed what
        siem.example             | audit.webhook.url: expected an address such as https://host:8200, without user, password or query
        https://a:b@siem.example | audit.webhook.url: expected an address such as https://host:8200, without user, password or query
        ''                       | audit.webhook.url: is required
        """)
    void webhookHasASecureAddress(String url, String problem) {
        read(Map.of("webhook", Map.of("url", url, "secret", KEY)));

        assertThat(problems.lines()).containsExactly(problem);
    }

    @Test
    void webhookNeedsAKeyOfItsOwn() {
        read(Map.of("webhook", Map.of("url", "https://siem.example/hook")));
        read(Map.of("webhook", Map.of("url", "https://siem.example/hook", "secret", "too-short-a-key")));
        read(Map.of("webhook", Map.of("url", "https://siem.example/hook", "secret", "$env://NO_SUCH_VARIABLE")));

        assertThat(problems.lines())
                .containsExactly(
                        "audit.webhook.secret-file: is required: a file with a key of 32 characters or more, such as"
                                + " 'openssl rand -hex 32' prints",
                        "audit.webhook.secret: expected at least 32 characters",
                        "audit.webhook.secret: expected $env://NAME of a variable that is set");
        assertThat(problems.lines().toString()).doesNotContain("too-short-a-key");
    }

    @Test
    void webhookOnThisMachineMayDoWithoutTls() {
        WebhookSettings webhook = Objects.requireNonNull(
                read(Map.of("webhook", Map.of("url", "http://127.0.0.1:8080/hook", "secret", "$env://KEY")))
                        .webhook());

        assertThat(problems.lines()).isEmpty();
        assertThat(webhook.toString()).contains("127.0.0.1:8080").doesNotContain(KEY);
    }

    private AuditSettings read(Map<String, ?> section) {
        return AuditSettings.read(
                Settings.root(Map.of("audit", section), problems).section("audit"), Map.of("KEY", KEY));
    }
}
