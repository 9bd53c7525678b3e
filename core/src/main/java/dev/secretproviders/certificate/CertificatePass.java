package dev.secretproviders.certificate;

import dev.secretproviders.apisix.AdminApiException;
import dev.secretproviders.certificate.CertificateStatus.Facts;
import dev.secretproviders.certificate.CertificateStatus.State;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** One comparison of the gateway with the certificate objects, and what was learned by earlier ones. Used by one thread. */
final class CertificatePass {
    private static final Logger LOG = LoggerFactory.getLogger(CertificatePass.class);
    /** So many repairs in so long a time mean that something else writes the object, too. */
    private static final int MOST_REPAIRS = 3;

    private static final Duration REPAIRS_COUNT = Duration.ofMinutes(10);

    private static final CertificateProblem UNCONFIRMED = new CertificateProblem(
            "delivery",
            "the secret manager does not answer, so its values may be old; the runner writes the certificate when it"
                    + " answers");

    private final Certificates.Parts parts;
    private final Materials materials;
    private final IssuedCertificates issued;
    private final GatewaySsls gateway;
    private final GatewayWriter writer;
    private final Map<String, Deque<Instant>> repairs = new HashMap<>();
    /** The digest that this runner last saw in force, by certificate. */
    private final Map<String, String> agreed = new HashMap<>();
    /** The problems that the log and the audit log have, by certificate. */
    private final Map<String, String> told = new HashMap<>();

    private Map<String, JsonNode> ssls = Map.of();
    private Map<String, Stored> states = new HashMap<>();
    /** Why the gateway cannot be written, or null. */
    private @Nullable CertificateProblem obstacle;

    private State obstructed = State.NOT_WRITTEN;

    CertificatePass(Certificates.Parts parts, Materials materials, IssuedCertificates issued, GatewaySsls gateway) {
        this.parts = parts;
        this.materials = materials;
        this.issued = issued;
        this.gateway = gateway;
        this.writer = new GatewayWriter(parts.store(), parts.audit(), gateway, parts.runner(), parts.clock());
    }

    static String occupied(String id) {
        return "the gateway has an ssl object '" + id
                + "' that no runner wrote; choose another id, or delete that object in APISIX";
    }

    /**
     * Reads the gateway and the states, and removes from the gateway what has no object any more.
     *
     * @return whether something could not be removed now, because another runner is writing
     */
    boolean begin(List<CertificateObject> objects, Set<String> ids) throws StoreException, InterruptedException {
        states = new HashMap<>();
        Listing listing = parts.store().list(SslState.PREFIX);
        for (String damaged : listing.damaged()) {
            replace(damaged);
        }
        listing.entries().forEach(entry -> states.put(entry.key().substring(SslState.PREFIX.length()), entry));
        told.keySet().retainAll(ids);
        repairs.keySet().retainAll(ids);
        agreed.keySet().retainAll(ids);
        obstacle = null;
        ssls = Map.of();
        if (states.isEmpty() && objects.stream().noneMatch(object -> object.delivery() == Delivery.ADMIN_API)) {
            // Nothing to ask the gateway about.
            return false;
        }
        String owner = null;
        try {
            ssls = gateway.all();
            owner = gateway.owner(ssls);
            if (owner != null) {
                throw new ForeignGatewayException(ForeignGatewayException.message(owner));
            }
        } catch (ForeignGatewayException e) {
            obstacle = new CertificateProblem("delivery", String.valueOf(e.getMessage()));
            obstructed = State.NOT_OURS;
        } catch (AdminApiException e) {
            obstacle = new CertificateProblem("delivery", String.valueOf(e.getMessage()));
            obstructed = State.NOT_WRITTEN;
        }
        if (obstacle != null && obstructed == State.NOT_WRITTEN) {
            return false;
        }
        boolean left = false;
        for (Map.Entry<String, Stored> state : states.entrySet()) {
            boolean moved = objects.stream()
                    .anyMatch(object -> object.id().equals(state.getKey()) && object.delivery() == Delivery.ADC);
            if (moved || !ids.contains(state.getKey())) {
                left |= !removed(state.getKey(), state.getValue());
            }
        }
        return left;
    }

    /** Replaces a damaged state by an empty one, so that the next pass writes the certificate or removes it. */
    private void replace(String key) throws StoreException {
        try {
            var _ = parts.store().get(key);
        } catch (DamagedEntryException e) {
            LOG.warn("{} in the store is not what a runner wrote last; it is replaced", key);
            CommitResult _ = parts.store()
                    .commit(Transaction.EMPTY.expecting(key, e.revision()).put(key, SslState.NONE.stored()));
        }
    }

    /**
     * Removes a certificate from the gateway if the store says that the gateway shall not have it any more. The objects of
     * this pass can be older than the states, and an object whose record cannot be used is not among them.
     *
     * @return false if it has to be looked at again
     */
    private boolean removed(String id, Stored state) throws StoreException, InterruptedException {
        Stored record;
        try {
            record = parts.store().get(CertificateObject.key(id));
            if (record != null && CertificateObject.read(record).delivery() != Delivery.ADC) {
                return true;
            }
        } catch (DamagedEntryException | InvalidCertificateException e) {
            LOG.debug("certificate {} stays in the gateway, because its record cannot be used", id);
            return true;
        }
        try {
            long revision = record == null ? 0 : record.revision();
            if (!writer.remove(id, revision, state, obstacle == null ? null : obstacle.message())) {
                return false;
            }
            LOG.info("certificate {} was removed from the gateway", id);
        } catch (AdminApiException e) {
            LOG.warn("certificate {} could not be removed from the gateway: {}; trying again", id, e.getMessage());
        }
        return true;
    }

    /** Writes a certificate if that is needed. Returns null if another runner is about to write it. */
    @Nullable
    CertificateStatus status(CertificateObject object, Materials.Result result)
            throws StoreException, InterruptedException {
        Stored entry = states.get(object.id());
        SslState state = SslState.read(entry);
        CertificateStatus status = compared(object, result, entry, state);
        if (status != null) {
            tell(object.id(), status);
        }
        return status;
    }

    private @Nullable CertificateStatus compared(
            CertificateObject object, Materials.Result result, @Nullable Stored entry, SslState state)
            throws StoreException, InterruptedException {
        return switch (result) {
            case Materials.Result.Refused(var problems, boolean undecided) -> {
                if (state.written()) {
                    // One that has ended is refused from then on.
                    tellEnd(object.id(), entry, state);
                }
                yield status(object.id(), undecided ? State.PENDING : State.REFUSED, problems, state);
            }
            case Materials.Result.Ready(Material material, boolean fresh) -> {
                if (obstacle != null) {
                    yield status(object.id(), obstructed, List.of(obstacle), state);
                }
                SslObject wanted = SslObject.of(object, material);
                if (isBehind(object.id(), wanted, state, fresh)) {
                    materials.refresh(object);
                    yield wanted.digest().equals(agreed.get(object.id()))
                            // Another runner has written what this one does not know yet.
                            ? status(object.id(), State.IN_FORCE, List.of(), state)
                            : status(object.id(), State.PENDING, List.of(UNCONFIRMED), state);
                }
                yield written(object, material, wanted, entry, state);
            }
        };
    }

    private @Nullable CertificateStatus written(
            CertificateObject object, Material material, SslObject wanted, @Nullable Stored entry, SslState state)
            throws StoreException, InterruptedException {
        String id = object.id();
        if (writer.isClaimed(state)) {
            // What the gateway shows may be about to change, or to be removed.
            return null;
        }
        GatewayWriter.Need need = GatewayWriter.need(wanted, ssls.get(id), state);
        if (need == GatewayWriter.Need.NOTHING) {
            agreed.put(id, wanted.digest());
            tellEnd(id, entry, state);
            return status(id, State.IN_FORCE, renewal(object), state);
        }
        if (need == GatewayWriter.Need.NOT_OURS) {
            return status(id, State.NOT_OURS, List.of(new CertificateProblem("id", occupied(id))), state);
        }
        if (need == GatewayWriter.Need.REPAIR && isContested(id)) {
            return status(
                    id,
                    State.CONTESTED,
                    List.of(new CertificateProblem(
                            "delivery",
                            "something else changes or deletes the ssl object '" + id + "' again and again; the runner"
                                    + " wrote it " + MOST_REPAIRS + " times within "
                                    + REPAIRS_COUNT.toMinutes()
                                    + " minutes, and waits now. Stop the other writer, or set"
                                    + " delivery to adc")),
                    state);
        }
        try {
            SslState after = writer.write(object, material, wanted, parts.settings(), entry, need);
            if (after == null) {
                return null;
            }
            agreed.put(id, wanted.digest());
            if (need == GatewayWriter.Need.REPAIR) {
                repairs.computeIfAbsent(id, absent -> new ArrayDeque<>())
                        .addLast(parts.clock().instant());
                LOG.warn(
                        "certificate {} was changed or deleted in the gateway by something else; it was written again",
                        id);
            } else {
                LOG.info(
                        "certificate {} was written to the gateway: serial {}, until {}",
                        id,
                        after.serial(),
                        after.until());
            }
            return status(id, State.IN_FORCE, renewal(object), after);
        } catch (AdminApiException e) {
            return status(
                    id,
                    State.NOT_WRITTEN,
                    List.of(new CertificateProblem("delivery", String.valueOf(e.getMessage()))),
                    state);
        }
    }

    /**
     * Returns whether this runner knows less than the one that wrote last: its own values did not change since both agreed, or they
     * are stale. Otherwise it would write an old certificate back.
     */
    private boolean isBehind(String id, SslObject wanted, SslState state, boolean fresh) {
        return state.written()
                && !state.digest().equals(wanted.digest())
                && (!fresh || wanted.digest().equals(agreed.get(id)));
    }

    private boolean isContested(String id) {
        Deque<Instant> times = repairs.getOrDefault(id, new ArrayDeque<>());
        Instant oldest = parts.clock().instant().minus(REPAIRS_COUNT);
        while (!times.isEmpty() && times.getFirst().isBefore(oldest)) {
            times.removeFirst();
        }
        return times.size() >= MOST_REPAIRS;
    }

    private List<CertificateProblem> renewal(CertificateObject object) {
        CertificateProblem failure =
                object.source() instanceof CertificateSource.Issuer ? issued.failure(object.id()) : null;
        return failure == null ? List.of() : List.of(failure);
    }

    private CertificateStatus status(String id, State state, List<CertificateProblem> problems, SslState written) {
        Deque<Instant> times = repairs.get(id);
        return new CertificateStatus(
                state,
                new ArrayList<>(problems),
                written.written() ? new Facts(written.serial(), written.until(), written.soon()) : null,
                written.written() ? written.writtenAt() : null,
                times == null || times.isEmpty() ? null : times.getLast(),
                parts.clock().instant());
    }

    /** Records the end of a certificate, once when it is near and once when it has come. */
    private void tellEnd(String id, @Nullable Stored entry, SslState state) throws StoreException {
        Instant now = parts.clock().instant();
        String due = !state.until().isAfter(now) ? "ended" : !state.soon().isAfter(now) ? "soon" : "";
        if (entry != null && !due.isEmpty() && !due.equals(state.told())) {
            writer.tell(id, entry, state, due);
        }
    }

    /** Logs and audits a problem once. */
    private void tell(String id, CertificateStatus status) {
        String problem = status.state() == State.PENDING || status.problems().isEmpty()
                ? ""
                : status.problems().toString();
        String before = told.put(id, problem);
        if (!problem.isEmpty() && !problem.equals(before)) {
            LOG.warn("certificate {} is {}: {}", id, status.state().text(), problem);
            writer.refused(id, problem);
        }
    }
}
