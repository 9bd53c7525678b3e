package dev.secretproviders.certificate;

import dev.secretproviders.apisix.AdminApiException;
import dev.secretproviders.certificate.CertificateStatus.Facts;
import dev.secretproviders.certificate.CertificateStatus.State;
import dev.secretproviders.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Compares the gateway with the certificate objects, on a thread of its own: at an interval, and when asked to.
 * Thread-safe; {@link #requireGateway} and {@link #await} block.
 */
final class CertificatePasses implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CertificatePasses.class);
    /** When another runner is writing, or the store could not be written. */
    private static final Duration SOON = Duration.ofSeconds(1);

    private final Certificates.Parts parts;
    private final Materials materials;
    private final Supplier<List<CertificateObject>> objects;
    private final @Nullable CertificatePass pass;
    private final Map<String, CertificateStatus> statuses = new ConcurrentHashMap<>();
    private final Thread thread =
            Thread.ofPlatform().daemon().name("certificates").unstarted(this::run);

    private final Object lock = new Object();
    /** The number of requests, and how many of them the last finished pass knew. Guarded by the lock. */
    private long requested = 1;

    private long served;
    private boolean closed;

    CertificatePasses(
            Certificates.Parts parts,
            Materials materials,
            IssuedCertificates issued,
            Supplier<List<CertificateObject>> objects) {
        this.parts = parts;
        this.materials = materials;
        this.objects = objects;
        GatewaySsls gateway = parts.settings().gateway();
        this.pass = gateway == null ? null : new CertificatePass(parts, materials, issued, gateway);
    }

    void start() {
        thread.start();
    }

    /** Asks for a pass now. Returns at once. */
    void request(@Nullable String id) {
        if (id != null) {
            statuses.remove(id);
        }
        synchronized (lock) {
            requested++;
            lock.notifyAll();
        }
    }

    /** Waits until a pass that began after the last request is over. */
    void await(Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        synchronized (lock) {
            long mine = requested;
            while (!closed && served < mine && end - System.nanoTime() > 0) {
                lock.wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
            }
        }
    }

    CertificateStatus status(String id) {
        CertificateStatus known = statuses.get(id);
        return known == null
                ? new CertificateStatus(
                        State.PENDING,
                        List.of(),
                        null,
                        null,
                        null,
                        parts.clock().instant())
                : known;
    }

    /**
     * Demands that the gateway can take the object of a certificate.
     *
     * @throws ForeignGatewayException if it belongs to something else
     * @throws InvalidCertificateException if it cannot be told
     */
    void requireGateway(String id) throws ForeignGatewayException, InterruptedException {
        GatewaySsls gateway = parts.settings().gateway();
        if (gateway == null) {
            if (parts.settings().foreign()) {
                throw new ForeignGatewayException(parts.settings().noGateway());
            }
            throw problem(parts.settings().noGateway());
        }
        try {
            Map<String, JsonNode> ssls = gateway.all();
            String owner = gateway.owner(ssls);
            if (owner != null) {
                throw new ForeignGatewayException(ForeignGatewayException.message(owner));
            }
            JsonNode there = ssls.get(id);
            if (there != null && !SslObject.isOurs(there)) {
                throw problem(CertificatePass.occupied(id));
            }
        } catch (AdminApiException e) {
            throw problem(e.getMessage() + "; try again when it answers");
        }
    }

    private static InvalidCertificateException problem(String message) {
        return new InvalidCertificateException(List.of(new CertificateProblem("delivery", message)));
    }

    private void run() {
        boolean again = false;
        try {
            while (true) {
                long mine;
                synchronized (lock) {
                    long end =
                            System.nanoTime() + (again ? SOON : parts.settings().interval()).toNanos();
                    while (!closed && served == requested && end - System.nanoTime() > 0) {
                        lock.wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
                    }
                    if (closed) {
                        return;
                    }
                    mine = requested;
                }
                again = look();
                synchronized (lock) {
                    served = mine;
                    lock.notifyAll();
                }
            }
        } catch (InterruptedException e) {
            // Closed.
            Thread.currentThread().interrupt();
        }
    }

    /** Makes one pass. Returns whether another one is due soon. */
    private boolean look() throws InterruptedException {
        List<CertificateObject> now = objects.get();
        Set<String> ids = now.stream().map(CertificateObject::id).collect(Collectors.toSet());
        materials.retain(ids);
        boolean again = false;
        try {
            if (pass != null) {
                again = pass.begin(now, ids);
            }
            for (CertificateObject object : now) {
                CertificateStatus status = oneOrFailed(object);
                again |= status == null;
                if (status != null) {
                    statuses.put(object.id(), status);
                }
            }
        } catch (StoreException e) {
            LOG.warn("certificates: the store failed: {}; trying again", e.getMessage());
            again = true;
        } catch (RuntimeException e) {
            // The message of an unexpected exception may quote content.
            LOG.error(
                    "certificates: a comparison with the gateway failed: {}",
                    e.getClass().getName());
            LOG.debug("certificates", new IllegalStateException(e.getClass().getName()));
        }
        statuses.keySet().retainAll(ids);
        return again;
    }

    /** Returns how a certificate is doing; one that fails in an unexpected way does not stop the others. */
    private @Nullable CertificateStatus oneOrFailed(CertificateObject object)
            throws InterruptedException, StoreException {
        try {
            return one(object);
        } catch (RuntimeException e) {
            // The message of an unexpected exception may quote content.
            String kind = e.getClass().getName();
            LOG.error("certificate {} could not be compared with the gateway: {}", object.id(), kind);
            CertificateStatus known = status(object.id());
            return new CertificateStatus(
                    State.NOT_WRITTEN,
                    List.of(new CertificateProblem("delivery", "the comparison with the gateway failed: " + kind)),
                    known.facts(),
                    known.writtenAt(),
                    known.repairedAt(),
                    parts.clock().instant());
        }
    }

    private @Nullable CertificateStatus one(CertificateObject object) throws InterruptedException, StoreException {
        Instant now = parts.clock().instant();
        Materials.Result result = materials.of(object);
        if (object.delivery() == Delivery.ADMIN_API && pass != null) {
            return pass.status(object, result);
        }
        return switch (result) {
            case Materials.Result.Refused(var problems, boolean undecided) ->
                new CertificateStatus(undecided ? State.PENDING : State.REFUSED, problems, null, null, null, now);
            case Materials.Result.Ready(Material material, boolean _) -> {
                Facts facts = new Facts(
                        Material.serial(material.own()),
                        material.end(),
                        parts.settings().soon(material));
                yield object.delivery() == Delivery.ADC
                        ? new CertificateStatus(State.IN_FORCE, List.of(), facts, null, null, now)
                        : new CertificateStatus(
                                parts.settings().foreign() ? State.NOT_OURS : State.NOT_WRITTEN,
                                List.of(new CertificateProblem(
                                        "delivery", parts.settings().noGateway())),
                                null,
                                null,
                                null,
                                now);
            }
        };
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
        thread.interrupt();
    }
}
