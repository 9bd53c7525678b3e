package dev.secretproviders.certificate;

import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.certificate.CertificateStatus.State;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.ListWatch;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The certificate objects of the store. Follows their changes, keeps their references resolved, and has the gateway compared
 * with them: at an interval, and at once when an object or a secret changes.
 *
 * <p>Thread-safe. All methods but the plain getters block for I/O.
 */
public final class Certificates implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(8);

    private final Store store;
    private final AuditLog audit;
    private final CertificateValues values;
    private final Materials materials;
    private final CertificatePasses passes;
    private final Resolver resolver;
    private final Rotations rotations;
    private final Path exports;
    private final StoredCertificates stored = new StoredCertificates(this::changed);
    /** The references of objects that are being written. */
    private final Map<Draft, Set<SecretReference>> drafts = new ConcurrentHashMap<>();

    private final Object wanting = new Object();
    private volatile @Nullable ListWatch watch;

    /**
     * What certificates need.
     *
     * @param store the store, which seals what it holds
     * @param audit the audit log in the same store
     * @param exports the directory for files that the command asks for
     * @param runner a name of this process that no other has
     */
    public record Parts(
            Store store,
            AuditLog audit,
            Resolver resolver,
            ProviderRegistry registry,
            CertificateSettings settings,
            Path exports,
            String runner,
            InstantSource clock) {}

    /** Creates the service; call {@link #start} before use. */
    public Certificates(Parts parts) {
        this(parts, new ResolvedCertificateValues(parts.resolver()));
        resolver.addListener(rotations);
    }

    Certificates(Parts parts, CertificateValues values) {
        this.resolver = parts.resolver();
        this.rotations = new Rotations(this);
        this.store = parts.store();
        this.audit = parts.audit();
        this.exports = parts.exports();
        this.values = values;
        IssuedCertificates issued =
                new IssuedCertificates(parts.store(), parts.audit(), parts.registry(), parts.clock());
        this.materials = new Materials(values, issued, parts.clock());
        this.passes = new CertificatePasses(parts, materials, issued, this::all);
    }

    /** Follows the objects of the store, and begins to write. Unusable objects are reported and left out. */
    public void start() throws StoreException {
        watch = ListWatch.start(store, Range.prefix(CertificateObject.PREFIX), stored);
        passes.start();
    }

    /** Returns the objects, by id. */
    public List<CertificateObject> all() {
        return stored.all();
    }

    /** Returns the objects that cannot be used, with the reasons. */
    public Map<String, String> damaged() {
        return stored.damaged();
    }

    /** Returns how a certificate is doing. */
    public CertificateStatus status(String id) {
        return passes.status(id);
    }

    /** Returns the references of all objects. */
    public List<Usage> usages() {
        List<Usage> usages = new ArrayList<>();
        for (CertificateObject object : stored.all()) {
            object.references()
                    .forEach((field, reference) -> usages.add(new Usage(
                            ResourceType.CERTIFICATE,
                            object.id(),
                            null,
                            null,
                            field,
                            object.fields().path(field).asString(reference.toString()),
                            reference)));
        }
        return usages;
    }

    /** Returns the certificates that a provider issues, as usages without a reference. */
    public List<Usage> issuedBy(ProviderId provider) {
        return stored.all().stream()
                .filter(object -> object.source() instanceof CertificateSource.Issuer issuer
                        && issuer.provider().equals(provider))
                .map(object -> new Usage(
                        ResourceType.CERTIFICATE,
                        object.id(),
                        null,
                        null,
                        CertificateSource.ISSUER,
                        provider.toString(),
                        null))
                .toList();
    }

    /** Reads the object that the store holds now, including a recent write by another runner; null if there is none. */
    public @Nullable CertificateObject kept(String id) throws StoreException {
        Stored now = store.get(CertificateObject.key(id));
        return now == null ? null : CertificateObject.read(now);
    }

    /** Returns the revision of a record, whether or not it can be used; 0 if there is none. */
    public long revision(String id) throws StoreException {
        try {
            Stored now = store.get(CertificateObject.key(id));
            return now == null ? 0 : now.revision();
        } catch (DamagedEntryException e) {
            return e.revision();
        }
    }

    /**
     * Resolves and checks an object that is about to be written, and whether the gateway can take it. Changes nothing. Its secrets
     * stay known until the caller closes the draft.
     *
     * @throws InvalidCertificateException with every problem
     * @throws ForeignGatewayException if something else owns the gateway
     */
    public Draft check(CertificateObject object) throws ForeignGatewayException, InterruptedException {
        if (object.delivery() == Delivery.ADMIN_API) {
            passes.requireGateway(object.id());
        }
        Draft draft = new Draft(object);
        boolean good = false;
        try {
            want();
            long end = System.nanoTime() + PATIENCE.toNanos();
            for (SecretReference reference : object.references().values()) {
                values.settle(reference, Duration.ofNanos(Math.max(1, end - System.nanoTime())));
            }
            // One is issued after the object was written, so that none is issued for a refused object.
            if (!(object.source() instanceof CertificateSource.Issuer)
                    && materials.of(object) instanceof Materials.Result.Refused(var problems, boolean _)) {
                throw new InvalidCertificateException(problems);
            }
            good = true;
            return draft;
        } finally {
            if (!good) {
                draft.close();
            }
        }
    }

    /** Keeps the secrets of an object known that is being written. */
    public final class Draft implements AutoCloseable {
        private final CertificateObject object;

        private Draft(CertificateObject object) {
            this.object = object;
            drafts.put(this, Set.copyOf(object.references().values()));
        }

        /** Returns the object. */
        public CertificateObject object() {
            return object;
        }

        @Override
        public void close() {
            drafts.remove(this);
            want();
        }
    }

    /**
     * Writes an object together with its audit record, unless it was changed meanwhile, and has it written to the gateway.
     *
     * @param over the revision of the record to replace; 0 if there is none
     * @return the object as written, or null if it was changed meanwhile
     */
    public @Nullable CertificateObject put(CertificateObject object, long over, AuditEvent event)
            throws StoreException {
        String key = CertificateObject.key(object.id());
        Transaction change = Transaction.EMPTY.expecting(key, over).put(key, object.stored());
        if (!(audit.commit(change, event) instanceof CommitResult.Committed(long revision))) {
            return null;
        }
        CertificateObject written = object.at(revision);
        stored.take(written);
        want();
        passes.request(object.id());
        return written;
    }

    /**
     * Deletes an object together with its audit record, and has it removed from the gateway.
     *
     * @param revision the revision of its record
     * @return false if it was changed meanwhile
     */
    public boolean delete(String id, long revision, AuditEvent event) throws StoreException {
        String key = CertificateObject.key(id);
        Transaction change = Transaction.EMPTY
                .expecting(key, revision)
                .delete(key)
                // It holds a private key, and no pass removes it where nothing was written.
                .delete(IssuedCertificates.key(id));
        if (!(audit.commit(change, event) instanceof CommitResult.Committed)) {
            return false;
        }
        stored.remove(id);
        want();
        passes.request(null);
        return true;
    }

    /** Waits until the gateway was compared after the last request, at most this time. */
    public CertificateStatus await(String id, Duration limit) throws InterruptedException {
        passes.await(limit);
        return passes.status(id);
    }

    /**
     * Writes a certificate and its private key into files of mode 0600, for the command of the runner.
     *
     * @return the files
     * @throws InvalidCertificateException if it cannot be used
     */
    public List<Path> export(CertificateObject object) throws IOException, InterruptedException {
        return switch (materials.of(object)) {
            case Materials.Result.Ready(Material material, boolean _) ->
                CertificateFiles.write(exports, object.id(), material);
            case Materials.Result.Refused(var problems, boolean _) -> throw new InvalidCertificateException(problems);
        };
    }

    /** Has the gateway compared now, because a secret changed. */
    void lookAgain(Set<SecretReference> changed) {
        if (changed.isEmpty()
                || stored.all().stream()
                        .anyMatch(
                                object -> object.references().values().stream().anyMatch(changed::contains))) {
            passes.request(null);
        }
    }

    private void changed() {
        want();
        passes.request(null);
    }

    private void want() {
        synchronized (wanting) {
            Set<SecretReference> all = new HashSet<>();
            stored.all().forEach(object -> all.addAll(object.references().values()));
            drafts.values().forEach(all::addAll);
            values.want(all);
        }
    }

    /** Returns how many certificates are in each state, including states with none. */
    public Map<State, Integer> counts() {
        Map<State, Integer> counts = new EnumMap<>(State.class);
        for (State state : State.values()) {
            counts.put(state, 0);
        }
        stored.all().forEach(object -> counts.merge(passes.status(object.id()).state(), 1, Integer::sum));
        return counts;
    }

    @Override
    public void close() {
        ListWatch following = watch;
        if (following != null) {
            following.close();
        }
        resolver.removeListener(rotations);
        passes.close();
    }
}
