package dev.secretproviders.app.control;

import dev.secretproviders.app.settings.ControlSettings;
import dev.secretproviders.app.settings.Version;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.snapshot.LastKnownGood;

/** What the audit log says of a start. */
final class StartRecords {
    private StartRecords() {}

    /** Records the start, and what became of last-known-good. Returns at once. */
    static void of(AuditLog audit, LastKnownGood.Loaded loaded) {
        audit.recordSoon(AuditEvent.done(EventCode.RUNNER_START, Actor.RUNNER, "runner")
                .withMessage("version " + Version.text()));
        String object = ControlSettings.LAST_KNOWN_GOOD;
        String problem = loaded.problem();
        if (problem != null) {
            audit.recordSoon(AuditEvent.failed(EventCode.SNAPSHOT_LOAD, Actor.RUNNER, object, problem));
        } else if (loaded.taken() > 0) {
            audit.recordSoon(AuditEvent.done(EventCode.SNAPSHOT_LOAD, Actor.RUNNER, object)
                    .withMessage(loaded.taken() + " secrets were taken over"));
        }
    }
}
