package dev.secretproviders.audit;

import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** Logs changes and refusals of the Admin API and of commands, in the words of their audit records. */
final class ChangeLines {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeLines.class);
    private static final String PROVIDER = "provider/";

    /** Events that clients can cause at will, or that are logged elsewhere. Only the audit log has them. */
    private static final Set<EventCode> LEFT_OUT = EnumSet.of(
            EventCode.LOGIN,
            EventCode.ACCESS_DENIED,
            EventCode.REFRESH,
            EventCode.RESOLUTION,
            EventCode.ROTATION,
            EventCode.RUNNER_START,
            EventCode.SNAPSHOT_LOAD,
            EventCode.AUDIT_RETIRE,
            EventCode.AUDIT_LOSS);

    private ChangeLines() {}

    /** Logs an event, once it is recorded. */
    static void log(AuditEvent event) {
        if (LEFT_OUT.contains(event.code())) {
            return;
        }
        String code = event.code().code(event.success());
        LoggingEventBuilder line = (event.success() ? LOG.atInfo() : LOG.atWarn())
                .addKeyValue("event", code)
                .addKeyValue("actor", event.actor().name())
                .addKeyValue("object", event.object());
        if (event.object().startsWith(PROVIDER)) {
            line = line.addKeyValue("provider", event.object().substring(PROVIDER.length()));
        }
        if (event.message() == null) {
            line.log("{}: {}, by {}", code, event.object(), event.actor().name());
        } else {
            line.log("{}: {}, by {}: {}", code, event.object(), event.actor().name(), event.message());
        }
    }
}
