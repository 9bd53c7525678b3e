package dev.secretproviders.certificate;

import dev.secretproviders.store.ListWatch;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The certificate objects of the store, as its reports say. Thread-safe. */
final class StoredCertificates implements ListWatch.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(StoredCertificates.class);

    private final Runnable changed;
    private final Map<String, CertificateObject> inForce = new ConcurrentSkipListMap<>();
    private final Map<String, String> damaged = new ConcurrentSkipListMap<>();

    /** @param changed is called after each change, and returns at once */
    StoredCertificates(Runnable changed) {
        this.changed = changed;
    }

    /** Returns the objects, by id. */
    List<CertificateObject> all() {
        return List.copyOf(inForce.values());
    }

    /** Returns the objects that cannot be used, with the reasons. */
    Map<String, String> damaged() {
        return Map.copyOf(damaged);
    }

    /** Takes an object that this runner has written, before the store reports it. */
    void take(CertificateObject object) {
        inForce.merge(object.id(), object, (known, now) -> known.revision() > now.revision() ? known : now);
        damaged.remove(object.id());
    }

    /** Forgets an object that this runner has deleted. */
    void remove(String id) {
        inForce.remove(id);
        damaged.remove(id);
    }

    @Override
    public void listed(Listing listing) {
        Set<String> ids = new HashSet<>();
        listing.entries().forEach(entry -> {
            ids.add(id(entry.key()));
            read(entry);
        });
        listing.damaged().forEach(key -> {
            ids.add(id(key));
            damaged(key);
        });
        inForce.keySet().retainAll(ids);
        damaged.keySet().retainAll(ids);
        changed.run();
    }

    @Override
    public void restarted() {
        inForce.replaceAll((_, known) -> known.at(0));
    }

    @Override
    public void changed(List<Store.Change> changes) {
        for (Store.Change change : changes) {
            Stored entry = change.entry();
            if (entry == null) {
                inForce.computeIfPresent(
                        id(change.key()), (id, known) -> known.revision() > change.revision() ? known : null);
                damaged.remove(id(change.key()));
            } else {
                read(entry);
            }
        }
        changed.run();
    }

    private void read(Stored entry) {
        try {
            CertificateObject object = CertificateObject.read(entry);
            take(object);
        } catch (InvalidCertificateException e) {
            String problem = String.valueOf(e.getMessage());
            LOG.error("{} of the store cannot be used: {}", entry.key(), problem);
            inForce.remove(id(entry.key()));
            damaged.put(id(entry.key()), problem);
        }
    }

    @Override
    public void damaged(String key) {
        LOG.error("{} in the store is not what a runner wrote last; it is not used", key);
        damaged.put(
                id(key), "its record in the store is not what a runner wrote last; PUT the object again, or DELETE it");
    }

    private static String id(String key) {
        return key.substring(CertificateObject.PREFIX.length());
    }

    @Override
    public void unreadable(StoreException cause) {
        LOG.warn("certificates cannot be read from the store: {}; trying again", cause.getMessage());
    }
}
