package dev.secretproviders.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.audit.SyslogAddress.Protocol;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuditSettingsTest {
    private final Problems problems = new Problems();

    @Test
    void usualSettingsKeepHalfAYearAndCopyNothing() {
        assertThat(read(Map.of())).isEqualTo(new AuditSettings(Duration.ofDays(180), null, null));
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
                        new SyslogAddress(Protocol.TCP, "logs.example", 6514)));
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
    @ValueSource(strings = {"audit.jsonl", "logs/audit.jsonl", "/", "/a\0b"})
    void fileMustBeAnAbsolutePath(String file) {
        assertThat(read(Map.of("file", file)).file()).isNull();

        assertThat(problems.lines())
                .containsExactly("audit.file: expected the absolute path of a file, such as"
                        + " /var/log/secret-providers/audit.jsonl");
    }

    @ParameterizedTest
    @CsvSource({
        "udp://127.0.0.1,         udp://127.0.0.1:514",
        "TCP://logs,              tcp://logs:601",
        "tcp://log_server_1:1514, tcp://log_server_1:1514",
        "udp://[::1]:1514,        udp://[::1]:1514",
        "udp://[::1],             udp://[::1]:514",
    })
    void syslogServerHasAUsualPort(String text, String meant) {
        assertThat(read(Map.of("syslog", text)).syslog()).hasToString(meant);
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
                .containsExactly("audit.syslog: expected udp://host:514 or tcp://host:601, and nothing after the port");
    }

    private AuditSettings read(Map<String, String> section) {
        return AuditSettings.read(
                Settings.root(Map.of("audit", section), problems).section("audit"));
    }
}
