package dev.secretproviders.certificate;

import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.spi.CertificateIssuer;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Certificates that providers issue. They are kept in the store, sealed, so that all runners write the same one and none is issued
 * again after a restart. A new one is issued when two thirds of the time of the old one are over. If that fails, it is tried again
 * after a while, and the old one stays.
 *
 * <p>Thread-safe. Calls block for I/O.
 */
final class IssuedCertificates {
    static final String PREFIX = "certificate-issued/";
    private static final Duration TRY_AGAIN = Duration.ofSeconds(30);
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);
    private static final int MOST_DOUBLINGS = 10;
    private static final Outcome CHANGED = new Outcome.Failed(
            new CertificateProblem(
                    CertificateSource.ISSUER, "the certificate object was changed meanwhile; it is read again"),
            true);
    private static final Logger LOG = LoggerFactory.getLogger(IssuedCertificates.class);
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Store store;
    private final AuditLog audit;
    private final ProviderRegistry registry;
    private final InstantSource clock;
    private final Map<String, Failure> failures = new ConcurrentHashMap<>();

    IssuedCertificates(Store store, AuditLog audit, ProviderRegistry registry, InstantSource clock) {
        this.store = store;
        this.audit = audit;
        this.registry = registry;
        this.clock = clock;
    }

    /** What there is for an object. */
    sealed interface Outcome {
        /**
         * A certificate.
         *
         * @param chain the chain as PEM
         * @param key the private key, which the receiver closes
         * @param identity equal for the same certificate
         */
        record Issued(String chain, Secret key, Object identity) implements Outcome {}

        /**
         * None.
         *
         * @param undecided whether the provider could not be asked
         */
        record Failed(CertificateProblem problem, boolean undecided) implements Outcome {}
    }

    /**
     * An attempt that failed.
     *
     * @param revision of the object; another object is tried at once
     * @param again when to try again
     * @param unusable how many certificates were issued in vain
     */
    private record Failure(long revision, Instant again, int unusable, Outcome.Failed outcome) {}

    static String key(String id) {
        return PREFIX + id;
    }

    /** Returns the certificate of an object, and has one issued if there is none or it ends soon. */
    Outcome of(CertificateObject object, CertificateSource.Issuer source) throws InterruptedException {
        String request = request(object, source);
        try {
            Stored stored = stored(object.id());
            JsonNode kept = read(stored);
            boolean same = kept.path("request").asString("").equals(request);
            if (same && clock.instant().isBefore(time(kept, "renew_at"))) {
                // Another runner may have had it issued.
                failures.remove(object.id());
                return issued(kept);
            }
            Outcome next = renewed(object, source, request, stored);
            boolean usable = same && clock.instant().isBefore(time(kept, "until"));
            return next instanceof Outcome.Failed && usable ? issued(kept) : next;
        } catch (StoreException e) {
            return new Outcome.Failed(
                    new CertificateProblem(CertificateSource.ISSUER, "the store cannot be read: " + e.getMessage()),
                    true);
        }
    }

    /** Returns why the last attempt to renew failed, or null. */
    @Nullable
    CertificateProblem failure(String id) {
        Failure last = failures.get(id);
        return last == null ? null : last.outcome().problem();
    }

    private Outcome renewed(
            CertificateObject object, CertificateSource.Issuer source, String request, @Nullable Stored old)
            throws InterruptedException, StoreException {
        Failure last = failures.get(object.id());
        if (last != null
                && last.revision() == object.revision()
                && clock.instant().isBefore(last.again())) {
            return last.outcome();
        }
        if (!isCurrent(object)) {
            return CHANGED;
        }
        Registered registered = registry.get(source.provider());
        CertificateIssuer issuer =
                registered == null ? null : registered.provider().issuer();
        if (issuer == null) {
            return failed(
                    object,
                    "issuer.provider",
                    registered == null
                            ? "there is no provider '" + source.provider() + "'; create it, or name another one"
                            : "the provider '" + source.provider()
                                    + "' issues no certificates; set its field pki to the path of a"
                                    + " PKI engine, or name a provider that has one",
                    false);
        }
        CertificateIssuer.Issued issued;
        try {
            issued = issuer.issue(new CertificateIssuer.Request(source.role(), object.snis(), source.life()));
        } catch (ProviderException e) {
            boolean open = switch (e.kind()) {
                case PERMISSION, CONFIGURATION -> false;
                default -> true;
            };
            return failed(object, CertificateSource.ISSUER, String.valueOf(e.getMessage()), open);
        } catch (RuntimeException e) {
            return failed(
                    object,
                    CertificateSource.ISSUER,
                    "the provider failed: " + e.getClass().getName(),
                    true);
        }
        try (Secret key = issued.key()) {
            return kept(object, request, old, issued.chain(), key);
        }
    }

    private Outcome kept(CertificateObject object, String request, @Nullable Stored old, String chain, Secret key)
            throws StoreException {
        Material material;
        try (Secret text = Secret.ofUtf8(chain)) {
            material = new MaterialReader(Map.of(CertificateSource.CERTIFICATE, text, CertificateSource.KEY, key))
                    .read(object.source());
        } catch (InvalidCertificateException e) {
            return unusable(
                    object,
                    new CertificateProblem(
                            CertificateSource.ISSUER, e.problems().getFirst().message()));
        }
        List<CertificateProblem> problems = MaterialCheck.problems(object, material, clock.instant());
        if (!problems.isEmpty()) {
            // It is not kept: the next attempt asks for another one.
            return unusable(object, problems.getFirst());
        }
        Instant now = clock.instant();
        Instant until = material.end();
        ObjectNode node = JSON.createObjectNode();
        node.put("request", request);
        node.put("chain", chain);
        node.put("key", key.reveal());
        node.put("serial", Material.serial(material.own()));
        node.put("until", until.toString());
        node.put(
                "renew_at",
                now.plus(Duration.between(now, until).multipliedBy(2).dividedBy(3))
                        .toString());
        String place = key(object.id());
        CommitResult result = audit.commit(
                Transaction.EMPTY
                        .expecting(place, old)
                        .expecting(CertificateObject.key(object.id()), object.revision())
                        .put(place, JSON.writeValueAsBytes(node)),
                AuditEvent.done(EventCode.CERTIFICATE_ISSUE, Actor.RUNNER, CertificateObject.key(object.id()))
                        .withMessage("serial " + Material.serial(material.own()) + ", until " + until));
        failures.remove(object.id());
        if (result instanceof CommitResult.Committed) {
            return issued(node);
        }
        // Another runner had one issued at the same moment, and all use that; or the object was changed.
        JsonNode other = read(stored(object.id()));
        return other.path("request").asString("").equals(request) ? issued(other) : CHANGED;
    }

    /** Returns whether the store still holds this object, so that none is issued for one that was changed or deleted. */
    private boolean isCurrent(CertificateObject object) throws StoreException {
        try {
            Stored now = store.get(CertificateObject.key(object.id()));
            return now != null && now.revision() == object.revision();
        } catch (DamagedEntryException e) {
            return false;
        }
    }

    /** Reads what is kept. Removes a damaged record, since another certificate can be issued. */
    private @Nullable Stored stored(String id) throws StoreException {
        String place = key(id);
        try {
            return store.get(place);
        } catch (DamagedEntryException e) {
            LOG.warn("{} in the store is not what a runner wrote last; it is removed, and another one issued", place);
            CommitResult _ = store.commit(
                    Transaction.EMPTY.expecting(place, e.revision()).delete(place));
            return null;
        }
    }

    private Outcome failed(CertificateObject object, String field, String message, boolean undecided) {
        return failed(object, new CertificateProblem(field, message), undecided, TRY_AGAIN, unusable(object));
    }

    /** Reports an issued certificate that fails a check. Each costs the manager, so the pause doubles. */
    private Outcome unusable(CertificateObject object, CertificateProblem problem) {
        int count = unusable(object) + 1;
        Duration pause = TRY_AGAIN.multipliedBy(1L << Math.min(count, MOST_DOUBLINGS));
        audit.recordSoon(AuditEvent.failed(
                EventCode.CERTIFICATE_ISSUE,
                Actor.RUNNER,
                CertificateObject.key(object.id()),
                "the issued certificate is not used: " + problem));
        return failed(object, problem, false, pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE, count);
    }

    private int unusable(CertificateObject object) {
        Failure last = failures.get(object.id());
        return last == null || last.revision() != object.revision() ? 0 : last.unusable();
    }

    private Outcome failed(
            CertificateObject object, CertificateProblem problem, boolean undecided, Duration pause, int unusable) {
        Outcome.Failed outcome = new Outcome.Failed(problem, undecided);
        failures.put(object.id(), new Failure(object.revision(), clock.instant().plus(pause), unusable, outcome));
        return outcome;
    }

    private static Outcome issued(JsonNode kept) {
        return new Outcome.Issued(
                kept.path("chain").asString(""),
                Secret.ofUtf8(kept.path("key").asString("")),
                kept.path("serial").asString(""));
    }

    /** Returns what was asked for; another object needs another certificate. */
    private static String request(CertificateObject object, CertificateSource.Issuer source) {
        return source.provider() + " " + source.role() + " " + source.life() + " " + String.join(",", object.snis());
    }

    private static JsonNode read(@Nullable Stored stored) {
        try {
            return stored == null ? JSON.createObjectNode() : JSON.readTree(stored.value());
        } catch (JacksonException e) {
            return JSON.createObjectNode();
        }
    }

    private static Instant time(JsonNode node, String field) {
        try {
            return Instant.parse(node.path(field).asString(""));
        } catch (DateTimeException e) {
            return Instant.EPOCH;
        }
    }
}
