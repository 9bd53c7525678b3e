package dev.secretproviders.audit;

import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.crypto.Hmac;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.Store;
import java.time.Duration;
import java.time.InstantSource;

/** Opens audit logs for tests, always with the same key, so that a log opened later continues the chain. */
public final class TestAudit {
    private TestAudit() {}

    /** Returns a log with the test key that keeps all records. */
    public static AuditLog open(Store store) {
        FipsModule.load();
        try (var key = Secret.ofUtf8("the-chain-key-of-tests-32-bytes!")) {
            return AuditLog.open(store, Hmac.withKey(key), InstantSource.system(), Duration.ZERO, AuditCopies.none());
        }
    }
}
