package dev.secretproviders.app.control;

import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.ControlSettings;
import dev.secretproviders.app.settings.OtlpSettings;
import dev.secretproviders.app.telemetry.OtlpLogTarget;
import dev.secretproviders.audit.AuditCopies;
import dev.secretproviders.audit.AuditLog;
import java.time.Duration;
import java.time.InstantSource;

/** Opens the audit log with all places that its records go to. */
public final class AuditSinks {
    private AuditSinks() {}

    /**
     * Opens the log of a store, with copies to a file and to syslog.
     *
     * @param retention how long records are kept; 0 means without limit
     */
    public static AuditLog open(OpenedStore store, ControlSettings settings, Duration retention) {
        return AuditLog.open(
                store.sealed(),
                store.chainKey(),
                InstantSource.system(),
                retention,
                AuditCopies.to(settings.audit().copies()));
    }

    /** Begins to deliver the log to a webhook and to a collector, if the configuration has them. */
    static void deliver(AuditLog audit, Configuration configuration) {
        ControlSettings settings = configuration.control();
        boolean alone = !settings.store().remote();
        settings.audit().deliveries().forEach(target -> audit.deliver(target, alone));
        OtlpSettings collector = settings.auditOtlp();
        if (collector != null) {
            audit.deliver(new OtlpLogTarget(collector, configuration.runner().name()), alone);
        }
    }
}
