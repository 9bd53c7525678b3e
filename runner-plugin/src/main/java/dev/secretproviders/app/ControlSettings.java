package dev.secretproviders.app;

import dev.secretproviders.audit.AuditSettings;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.store.StoreSettings;
import java.nio.file.Path;
import java.util.Map;

/**
 * What the control plane needs to know.
 *
 * @param dataDirectory where the runner keeps files of its own
 */
record ControlSettings(Path dataDirectory, StoreSettings store, CryptoSettings crypto, AuditSettings audit) {

    /** Reads the sections {@code store}, {@code crypto} and {@code audit}. */
    static ControlSettings read(Settings root, Path dataDirectory, Map<String, String> environment) {
        return new ControlSettings(
                dataDirectory,
                StoreSettings.read(root.section("store")),
                CryptoSettings.read(root.section("crypto"), dataDirectory, environment),
                AuditSettings.read(root.section("audit")));
    }

    /** Returns where the first admin token is written. */
    Path firstToken() {
        return dataDirectory.resolve("admin-token");
    }
}
