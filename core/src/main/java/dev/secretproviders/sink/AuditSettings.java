package dev.secretproviders.sink;

import dev.secretproviders.audit.CopyTarget;
import dev.secretproviders.settings.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code audit} of the configuration.
 *
 * @param retention how long records are kept; 0 means without limit
 * @param file the file that records are copied to, or null
 * @param syslog the syslog server that records are copied to, or null
 * @param webhook the webhook that records are delivered to, or null
 */
public record AuditSettings(
        Duration retention,
        @Nullable Path file,
        @Nullable SyslogServer syslog,
        @Nullable WebhookSettings webhook) {
    private static final Duration USUAL_RETENTION = Duration.ofDays(180);
    private static final Duration SHORTEST_RETENTION = Duration.ofDays(1);

    /**
     * Reads the section; problems go to {@code section}.
     *
     * @param environment where {@code $env://NAME} is looked up
     */
    public static AuditSettings read(Settings section, Map<String, String> environment) {
        Duration retention = section.duration("retention", USUAL_RETENTION);
        if (!retention.isZero() && retention.compareTo(SHORTEST_RETENTION) < 0) {
            section.problem("retention", "expected at least 1d, or 0 to keep all records");
        }
        return new AuditSettings(
                retention, file(section), SyslogServer.read(section), WebhookSettings.read(section, environment));
    }

    private static @Nullable Path file(Settings section) {
        Path file = section.place("file");
        if (file == null || (file.isAbsolute() && file.getFileName() != null)) {
            return file;
        }
        section.problem("file", "expected the absolute path of a file, such as /var/log/secret-providers/audit.jsonl");
        return null;
    }

    /** Returns the targets of copies. Files and connections are opened with the first record. */
    public List<CopyTarget> copies() {
        List<CopyTarget> targets = new ArrayList<>();
        if (file != null) {
            targets.add(new FileTarget(file));
        }
        if (syslog != null) {
            targets.add(new SyslogTarget(syslog));
        }
        return targets;
    }

    /** Returns the targets that get every record of the log. Connections are opened with the first record. */
    public List<CopyTarget> deliveries() {
        return webhook == null ? List.of() : List.of(new WebhookTarget(webhook));
    }
}
