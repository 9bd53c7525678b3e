package dev.secretproviders.provider.local;

import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.TestAudit;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.store.Store;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Local secrets on a real store, with one provider {@code local/test} and a clock that stands still. */
final class LocalFixture implements AutoCloseable {
    static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
    static final Change ANYHOW = ifRevision(null);

    final Store store;
    final LocalSecrets secrets;
    final SecretProvider provider;

    private final AtomicReference<Instant> now = new AtomicReference<>(START);

    LocalFixture(Store store, Map<String, ?> fields) {
        this.store = store;
        AtomicReference<SecretProvider> inForce = new AtomicReference<>();
        this.secrets = new LocalSecrets(
                store,
                openAudit(store),
                id -> id.equals("test") ? LocalProviderFactory.versionsKept(inForce.get()) : OptionalInt.empty(),
                clock());
        this.provider = TestProviders.create(new LocalProviderFactory(store, clock()), fields);
        inForce.set(provider);
    }

    SecretProvider anotherProvider() {
        return TestProviders.create(new LocalProviderFactory(store, clock()), Map.of());
    }

    static AuditLog openAudit(Store store) {
        return TestAudit.open(store);
    }

    InstantSource clock() {
        return now::get;
    }

    void at(Instant instant) {
        now.set(instant);
    }

    SecretMetadata put(String path, Map<String, String> fields) throws Exception {
        return put(path, fields, new Expiry.Never());
    }

    SecretMetadata put(String path, Map<String, String> fields, Expiry expiry) throws Exception {
        return secrets.put("test", path, secrets(fields), expiry, ANYHOW);
    }

    int length(String key) throws Exception {
        return Objects.requireNonNull(store.get(key)).value().length;
    }

    static Change ifRevision(@Nullable Long revision) {
        return new Change(new Actor("t1", "jane", "api", "127.0.0.1"), "request-1", revision, null);
    }

    static Map<String, Secret> secrets(Map<String, String> fields) {
        Map<String, Secret> values = new LinkedHashMap<>();
        fields.forEach((name, value) -> values.put(name, Secret.ofUtf8(value)));
        return values;
    }

    @Override
    public void close() {
        provider.close();
        store.close();
    }
}
