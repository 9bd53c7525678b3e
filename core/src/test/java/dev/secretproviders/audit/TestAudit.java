package dev.secretproviders.audit;

import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.crypto.Hmac;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.Store;
import java.time.Duration;
import java.time.InstantSource;

/** Opens audit logs for tests, always with the same key, so that one opened later goes on with the chain. */
public final class TestAudit {
    private TestAudit() {}

    /** Returns a log with a key of its own that keeps its records for ever. */
    public static AuditLog open(Store store) {
        FipsModule.load();
        try (var key = Secret.ofUtf8("the-chain-key-of-tests-32-bytes!")) {
            return AuditLog.open(store, Hmac.withKey(key), InstantSource.system(), Duration.ZERO, AuditCopies.none());
        }
    }
}
