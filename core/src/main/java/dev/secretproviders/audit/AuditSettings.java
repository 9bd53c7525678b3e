package dev.secretproviders.audit;

import dev.secretproviders.settings.Settings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code audit} of the configuration.
 *
 * @param retention how long records are kept; 0 means without limit
 * @param file the file that records are copied to, or null
 * @param syslog the syslog server that records are copied to, or null
 */
public record AuditSettings(
        Duration retention, @Nullable Path file, @Nullable SyslogAddress syslog) {
    private static final Duration USUAL_RETENTION = Duration.ofDays(180);
    private static final Duration SHORTEST_RETENTION = Duration.ofDays(1);

    /** Reads the section; problems go to {@code section}. */
    public static AuditSettings read(Settings section) {
        Duration retention = section.duration("retention", USUAL_RETENTION);
        if (!retention.isZero() && retention.compareTo(SHORTEST_RETENTION) < 0) {
            section.problem("retention", "expected at least 1d, or 0 to keep all records");
        }
        return new AuditSettings(retention, file(section), syslog(section));
    }

    private static @Nullable Path file(Settings section) {
        String text = section.optionalText("file");
        if (text == null) {
            return null;
        }
        try {
            Path file = Path.of(text);
            if (file.isAbsolute() && file.getFileName() != null) {
                return file;
            }
        } catch (InvalidPathException ignored) {
            // Reported below.
        }
        section.problem("file", "expected the absolute path of a file, such as /var/log/secret-providers/audit.jsonl");
        return null;
    }

    private static @Nullable SyslogAddress syslog(Settings section) {
        String text = section.optionalText("syslog");
        SyslogAddress address = text == null ? null : SyslogAddress.parse(text);
        if (text != null && address == null) {
            section.problem("syslog", "expected udp://host:514 or tcp://host:601, and nothing after the port");
        }
        return address;
    }
}
