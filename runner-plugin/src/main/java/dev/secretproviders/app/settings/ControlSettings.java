package dev.secretproviders.app.settings;

import dev.secretproviders.audit.AuditSettings;
import dev.secretproviders.snapshot.LastKnownGood;
import dev.secretproviders.spi.Settings;
import dev.secretproviders.store.StoreSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * What the control plane needs to know.
 *
 * @param dataDirectory where the runner keeps files of its own
 * @param rotationLimit how long a key may stay as it is before that is a finding; 0 for ever
 */
public record ControlSettings(
        Path dataDirectory,
        StoreSettings store,
        CryptoSettings crypto,
        AuditSettings audit,
        Duration rotationLimit,
        LastKnownGood.Settings lastKnownGood) {

    /** Name of the section, and of the file in the data directory. */
    public static final String LAST_KNOWN_GOOD = "last-known-good";

    private static final Duration ROTATION_LIMIT = Duration.ofDays(180);

    /** Reads the sections {@code store}, {@code crypto}, {@code audit}, {@code findings} and {@code last-known-good}. */
    public static ControlSettings read(Settings root, Path dataDirectory, Map<String, String> environment) {
        return new ControlSettings(
                dataDirectory,
                StoreSettings.read(root.section("store"), environment),
                CryptoSettings.read(root.section("crypto"), dataDirectory, environment),
                AuditSettings.read(root.section("audit")),
                root.section("findings").duration("rotation-limit", ROTATION_LIMIT),
                LastKnownGood.Settings.read(root.section(LAST_KNOWN_GOOD)));
    }

    /** Returns where last-known-good is kept. */
    public Path lastKnownGoodFile() {
        return dataDirectory.resolve(LAST_KNOWN_GOOD);
    }

    /** Returns where the highest counter of the store that was seen is kept; another engine is another store. */
    public Path storeCounter() {
        return dataDirectory.resolve(store.remote() ? "store-counter.etcd" : "store-counter");
    }

    /** Returns where the first admin token is written. */
    public Path firstToken() {
        return dataDirectory.resolve("admin-token");
    }
}
