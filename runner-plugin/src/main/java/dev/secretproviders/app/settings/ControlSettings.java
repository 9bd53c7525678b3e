package dev.secretproviders.app.settings;

import dev.secretproviders.accesslog.AccessLogSettings;
import dev.secretproviders.audit.AuditSettings;
import dev.secretproviders.dashboard.DashboardSettings;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.snapshot.LastKnownGood;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Settings of the control plane.
 *
 * @param dataDirectory the directory of the runner's own files
 * @param rotationLimit how long a key may stay the same before that is a finding; 0 for no limit
 */
public record ControlSettings(
        Path dataDirectory,
        StoreSettings store,
        CryptoSettings crypto,
        AuditSettings audit,
        AccessLogSettings accessLog,
        Duration rotationLimit,
        LastKnownGood.Settings lastKnownGood,
        DashboardSettings dashboard) {

    /** The name of the section, and of the file in the data directory. */
    public static final String LAST_KNOWN_GOOD = "last-known-good";

    private static final Duration ROTATION_LIMIT = Duration.ofDays(180);

    /**
     * Reads the sections {@code store}, {@code crypto}, {@code audit}, {@code access-log}, {@code findings}, {@code
     * last-known-good} and {@code dashboard}.
     */
    public static ControlSettings read(Settings root, Path dataDirectory, Map<String, String> environment) {
        return new ControlSettings(
                dataDirectory,
                StoreSettings.read(root.section("store"), environment),
                CryptoSettings.read(root.section("crypto"), dataDirectory, environment),
                AuditSettings.read(root.section("audit")),
                AccessLogSettings.read(root.section("access-log")),
                root.section("findings").duration("rotation-limit", ROTATION_LIMIT),
                LastKnownGood.Settings.read(root.section(LAST_KNOWN_GOOD)),
                DashboardSettings.read(root.section("dashboard"), environment));
    }

    /** Returns the file of last-known-good. */
    public Path lastKnownGoodFile() {
        return dataDirectory.resolve(LAST_KNOWN_GOOD);
    }

    /** Returns the file with the highest counter of the store that was seen. Each engine has its own file. */
    public Path storeCounter() {
        return dataDirectory.resolve(store.remote() ? "store-counter.etcd" : "store-counter");
    }

    /** Returns the file of the first admin token. */
    public Path firstToken() {
        return dataDirectory.resolve("admin-token");
    }
}
