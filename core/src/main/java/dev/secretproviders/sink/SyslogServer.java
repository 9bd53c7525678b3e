package dev.secretproviders.sink;

import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.sink.SyslogAddress.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * A syslog server.
 *
 * @param tls whom to trust, and our certificate; not used without TLS
 */
public record SyslogServer(SyslogAddress address, TlsSettings tls) {
    private static final String TLS = "syslog-tls";

    /** Reads the fields {@code syslog} and {@code syslog-tls}; null if there is none, or if it is wrong. */
    static @Nullable SyslogServer read(Settings section) {
        String text = section.optionalText("syslog");
        SyslogAddress address = text == null ? null : SyslogAddress.parse(text);
        if (text != null && address == null) {
            section.problem(
                    "syslog", "expected tls://host:6514, tcp://host:601 or udp://host:514, and nothing after the port");
        }
        TlsSettings tls = PeerTls.read(section.section(TLS));
        if (section.has(TLS) && (address == null || address.protocol() != Protocol.TLS)) {
            section.problem(TLS, "is only for audit.syslog with tls://");
        }
        return address == null ? null : new SyslogServer(address, tls);
    }
}
