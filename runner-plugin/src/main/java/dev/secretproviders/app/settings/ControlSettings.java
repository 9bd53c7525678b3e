package dev.secretproviders.app.settings;

import dev.secretproviders.accesslog.AccessLogSettings;
import dev.secretproviders.admin.finding.FindingLimits;
import dev.secretproviders.admin.push.PushSettings;
import dev.secretproviders.certificate.CertificateSettings;
import dev.secretproviders.dashboard.DashboardSettings;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.sink.AuditSettings;
import dev.secretproviders.snapshot.LastKnownGood;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the control plane.
 *
 * @param dataDirectory the directory of the runner's own files
 * @param auditOtlp the collector that audit records are delivered to, or null
 * @param findings from when on something is a finding
 * @param pushes which clouds may push events
 */
public record ControlSettings(
        Path dataDirectory,
        StoreSettings store,
        CryptoSettings crypto,
        AuditSettings audit,
        @Nullable OtlpSettings auditOtlp,
        AccessLogSettings accessLog,
        FindingLimits findings,
        LastKnownGood.Settings lastKnownGood,
        DashboardSettings dashboard,
        CertificateSettings certificates,
        PushSettings pushes) {

    /** The name of the section, and of the file in the data directory. */
    public static final String LAST_KNOWN_GOOD = "last-known-good";

    /**
     * Reads the sections {@code store}, {@code crypto}, {@code audit}, {@code access-log}, {@code findings}, {@code
     * last-known-good}, {@code dashboard}, {@code certificates} and {@code events}.
     */
    public static ControlSettings read(Settings root, Path dataDirectory, Map<String, String> environment) {
        return new ControlSettings(
                dataDirectory,
                StoreSettings.read(root.section("store"), environment),
                CryptoSettings.read(root.section("crypto"), dataDirectory, environment),
                AuditSettings.read(root.section("audit"), environment),
                OtlpSettings.read(root.section("audit"), environment),
                AccessLogSettings.read(root.section("access-log")),
                FindingLimits.read(root.section("findings")),
                LastKnownGood.Settings.read(root.section(LAST_KNOWN_GOOD)),
                DashboardSettings.read(root.section("dashboard"), environment),
                CertificateSettings.read(root, environment),
                PushSettings.read(root.section("events")));
    }

    /** Returns the file of last-known-good. */
    public Path lastKnownGoodFile() {
        return dataDirectory.resolve(LAST_KNOWN_GOOD);
    }

    /** Returns the file of the last consumers of a gateway that forgets them. */
    public Path consumerFile() {
        return dataDirectory.resolve("consumers");
    }

    /** Returns the file of the tokens that APISIX got for its routes. */
    public Path confTokensFile() {
        return dataDirectory.resolve("conf-tokens");
    }

    /** Returns the file with the highest counter of the store that was seen. Each engine has its own file. */
    public Path storeCounter() {
        return dataDirectory.resolve(store.remote() ? "store-counter.etcd" : "store-counter");
    }

    /** Returns the directory of the files of {@code certificate export}. */
    public Path certificateFiles() {
        return dataDirectory.resolve("certificates");
    }

    /** Returns the file of the first admin token. */
    public Path firstToken() {
        return dataDirectory.resolve("admin-token");
    }
}
