package dev.secretproviders.audit;

import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.crypto.Hmac;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** Audit logs on a real store, with a stopped clock and direct access to the store. */
final class AuditFixture implements AutoCloseable {
    static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
    static final Actor JANE = new Actor("t1", "jane", "api", "192.0.2.7");

    private static final int QUEUE = 10_000;

    final EmbeddedStore store;
    final Hmac key = key();
    final AuditLog log;

    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private final List<AuditLog> opened = new ArrayList<>();

    AuditFixture(Path directory) throws StoreException {
        store = EmbeddedStore.open(directory.resolve("store.db"), Duration.ZERO);
        log = open(store, Duration.ZERO, AuditCopies.none(), QUEUE);
    }

    private static Hmac key() {
        FipsModule.load();
        try (var key = RandomSecrets.bytes(32)) {
            return Hmac.withKey(key);
        }
    }

    /** Opens a log as another runner would. It is closed with this fixture. */
    AuditLog open(Store on, Duration retention, AuditCopies copies, int queue) {
        AuditLog another = AuditLog.open(on, key, now::get, retention, copies, queue);
        opened.add(another);
        return another;
    }

    AuditLog another() {
        return open(store, Duration.ZERO, AuditCopies.none(), QUEUE);
    }

    AuditLog retaining(Duration retention) {
        return open(store, retention, AuditCopies.none(), QUEUE);
    }

    AuditLog copying(AuditCopies copies) {
        return open(store, Duration.ZERO, copies, QUEUE);
    }

    void at(Instant instant) {
        now.set(instant);
    }

    Instant now() {
        return now.get();
    }

    static AuditEvent event(String object) {
        return AuditEvent.done(EventCode.PROVIDER_CREATE, JANE, object);
    }

    /** Records events about {@code p1}, {@code p2} and so on. */
    void record(int events) throws StoreException {
        for (int i = 1; i <= events; i++) {
            log.record(event("p" + i));
        }
    }

    /** Returns the newest records in the order of their places. */
    List<AuditRecord> records() throws StoreException {
        return log.query(AuditQuery.all().limitedTo(AuditQuery.MOST)).records().reversed();
    }

    byte[] stored(String storeKey) throws StoreException {
        Stored entry = Objects.requireNonNull(store.get(storeKey), storeKey);
        return entry.value().clone();
    }

    byte[] storedRecord(long id) throws StoreException {
        return stored(AuditRecord.key(id));
    }

    /** Writes to the store without the log. */
    void put(String storeKey, byte[] value) throws StoreException {
        var _ = store.commit(Transaction.EMPTY.put(storeKey, value));
    }

    void put(long id, byte[] value) throws StoreException {
        put(AuditRecord.key(id), value);
    }

    /** Removes an entry of the store without the log. */
    void remove(String storeKey) throws StoreException {
        var _ = store.commit(Transaction.EMPTY.delete(storeKey));
    }

    void remove(long id) throws StoreException {
        remove(AuditRecord.key(id));
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        opened.forEach(AuditLog::close);
        store.close();
    }
}
