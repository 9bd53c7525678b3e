package dev.secretproviders.control;

import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.ListWatch;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The revocations of the store, kept in force on this runner, whichever runner makes them. A new revocation is in force
 * here before the call returns. The other runners apply it as soon as the store reports it.
 *
 * <p>Thread-safe. {@link #start}, {@link #revoke} and {@link #restore} block for I/O.
 */
public final class Revocations implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Revocations.class);

    private final Store store;
    private final AuditLog audit;
    private final Resolver resolver;
    /** Guards {@link #known} and the updates of the resolver; never held during I/O. */
    private final ReentrantLock lock = new ReentrantLock();

    private final KnownRevocations known = new KnownRevocations();
    /** Keys of revocations that cannot be read and were not known before. Guarded by {@link #lock}. */
    private final Set<String> unreadable = new HashSet<>();

    private @Nullable ListWatch watch;

    /** Creates the service; call {@link #start} before use. */
    public Revocations(Store store, AuditLog audit, Resolver resolver) {
        this.store = store;
        this.audit = audit;
        this.resolver = resolver;
    }

    /** Puts all revocations of the store in force and follows them. */
    public void start() throws StoreException {
        watch = ListWatch.start(store, Range.prefix(Revocation.PREFIX), new ListWatch.Listener() {
            @Override
            public void listed(Listing listing) {
                takeOver(listing);
            }

            @Override
            public void restarted() {
                lock.lock();
                try {
                    known.restarted();
                } finally {
                    lock.unlock();
                }
            }

            @Override
            public void changed(List<Store.Change> changes) {
                for (Store.Change change : changes) {
                    Stored entry = change.entry();
                    if (entry == null) {
                        learn(change.key(), change.revision(), null);
                    } else {
                        learn(entry);
                    }
                }
                enforce();
            }

            @Override
            public void damaged(String key) {
                LOG.error("{} in the store is not what a runner wrote last; what it denied stays denied", key);
                noteUnreadable(Set.of(key));
                enforce();
            }

            @Override
            public void unreadable(StoreException cause) {
                LOG.warn("revocations cannot be read from the store: {}; trying again", cause.getMessage());
            }
        });
    }

    /** Returns all revocations in force. No I/O. */
    public List<Revocation> all() {
        lock.lock();
        try {
            return known.all();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the revocation of this name, or null if there is none. No I/O. */
    public @Nullable Revocation get(String id) {
        return all().stream()
                .filter(revocation -> revocation.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    /**
     * Writes a revocation together with its audit record, and puts it in force. It replaces an earlier revocation of
     * the same version.
     */
    public void revoke(Revocation revocation, AuditEvent event) throws StoreException {
        Transaction change = Transaction.EMPTY.put(revocation.key(), revocation.stored());
        if (audit.commit(change, event) instanceof CommitResult.Committed(long revision)) {
            learn(revocation.key(), revision, revocation);
            enforce();
        } else {
            throw new IllegalStateException("a change without a condition cannot conflict");
        }
    }

    /** Takes a revocation back together with its audit record. The secrets it denied are fetched again at once. */
    public void restore(Revocation revocation, AuditEvent event) throws StoreException {
        Transaction change = Transaction.EMPTY.delete(revocation.key());
        if (audit.commit(change, event) instanceof CommitResult.Committed(long revision)) {
            learn(revocation.key(), revision, null);
            enforce();
        }
    }

    /** Returns the provider of an unreadable revocation by the revocation's id, or null if there is none. No I/O. */
    public @Nullable ProviderId providerOfUnreadable(String id) {
        String key = unreadableKey(id);
        return key == null ? null : Revocation.provider(key);
    }

    /**
     * Takes an unreadable revocation back together with its audit record.
     *
     * @param event makes the audit event for the key
     * @return whether there was such a revocation
     */
    public boolean restoreUnreadable(String id, Function<String, AuditEvent> event) throws StoreException {
        String key = unreadableKey(id);
        if (key == null) {
            return false;
        }
        if (audit.commit(Transaction.EMPTY.delete(key), event.apply(key))
                instanceof CommitResult.Committed(long revision)) {
            learn(key, revision, null);
            enforce();
        }
        return true;
    }

    private @Nullable String unreadableKey(String id) {
        lock.lock();
        try {
            return unreadable.stream()
                    .filter(key -> key.startsWith(Revocation.PREFIX) && key.endsWith("/" + id))
                    .findFirst()
                    .orElse(null);
        } finally {
            lock.unlock();
        }
    }

    private void learn(String key, long revision, @Nullable Revocation revocation) {
        Revocation ended;
        boolean mended;
        lock.lock();
        try {
            mended = unreadable.remove(key);
            ended = known.learn(key, revision, revocation);
        } finally {
            lock.unlock();
        }
        if (ended != null) {
            enforce();
            Set<String> _ = resolver.refreshMatching(ended.provider(), ended.path()::equals);
        }
        if (mended) {
            recovered(List.of(key));
        }
    }

    /** Fetches the secrets again that were denied because of these unreadable entries. */
    private void recovered(Collection<String> keys) {
        enforce();
        for (String key : keys) {
            ProviderId provider = Revocation.provider(key);
            if (provider != null) {
                resolver.refresh(provider, List.of());
            }
        }
    }

    private void enforce() {
        lock.lock();
        try {
            // Under the lock, so that an older set cannot overwrite a newer one.
            resolver.deny(new RevokedVersions(all(), unreadable));
        } finally {
            lock.unlock();
        }
    }

    /** Applies an entry. An unreadable entry takes nothing back: the revocation known before stays in force. */
    private void learn(Stored stored) {
        try {
            learn(stored.key(), stored.revision(), Revocation.read(stored));
        } catch (IllegalArgumentException e) {
            LOG.error(
                    "{} in the store is not a revocation: {}; revoke again what it was for",
                    stored.key(),
                    e.getMessage());
            noteUnreadable(Set.of(stored.key()));
        }
    }

    /** Records unreadable keys. Revocations that are already known stay in force. */
    private void noteUnreadable(Collection<String> keys) {
        lock.lock();
        try {
            keys.stream().filter(key -> !known.keys().contains(key)).forEach(unreadable::add);
        } finally {
            lock.unlock();
        }
    }

    private void takeOver(Listing listing) {
        Map<String, Stored> there = new HashMap<>();
        listing.entries().forEach(entry -> there.put(entry.key(), entry));
        List<String> gone;
        List<String> mended;
        lock.lock();
        try {
            mended = unreadable.stream()
                    .filter(key -> !there.containsKey(key) && !listing.damaged().contains(key))
                    .toList();
            mended.forEach(unreadable::remove);
            gone = known.keys().stream()
                    .filter(key -> !there.containsKey(key) && !listing.damaged().contains(key))
                    .toList();
        } finally {
            lock.unlock();
        }
        noteUnreadable(listing.damaged());
        there.values().forEach(this::learn);
        gone.forEach(key -> learn(key, listing.revision(), null));
        recovered(mended);
        listing.damaged()
                .forEach(key -> LOG.error(
                        "{} in the store is not what a runner wrote last; secrets of its provider are denied until"
                                + " it is replaced. Revoke again what it was for",
                        key));
        enforce();
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
    }
}
