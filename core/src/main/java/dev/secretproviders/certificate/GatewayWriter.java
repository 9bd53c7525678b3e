package dev.secretproviders.certificate;

import dev.secretproviders.apisix.AdminApiException;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Writes one certificate to the gateway, if that is needed. Of several runners on one store only one writes: it first claims the
 * state of the certificate in the store. A claim of a runner that died ends after half a minute.
 *
 * <p>Used by one thread at a time.
 */
final class GatewayWriter {
    private static final Duration CLAIM = Duration.ofSeconds(30);

    private final Store store;
    private final AuditLog audit;
    private final GatewaySsls ssls;
    private final String runner;
    private final InstantSource clock;

    GatewayWriter(Store store, AuditLog audit, GatewaySsls ssls, String runner, InstantSource clock) {
        this.store = store;
        this.audit = audit;
        this.ssls = ssls;
        this.runner = runner;
        this.clock = clock;
    }

    /** What is to do. */
    enum Need {
        NOTHING,
        /** The object in the gateway was not written by a runner. */
        NOT_OURS,
        /** It is absent as it should be before the first write, or the certificate is another one. */
        WRITE,
        /** Something else changed or deleted it. */
        REPAIR
    }

    /** Returns what is to do, from what the gateway shows and what the runners wrote. */
    static Need need(SslObject wanted, @Nullable JsonNode shown, SslState state) {
        if (shown == null) {
            return state.written() ? Need.REPAIR : Need.WRITE;
        }
        if (!SslObject.isOurs(shown)) {
            return state.written() ? Need.REPAIR : Need.NOT_OURS;
        }
        if (!wanted.digest().equals(state.digest()) && state.digest().equals(SslObject.digestOf(shown))) {
            return Need.WRITE;
        }
        boolean sameTime = !state.written()
                || state.updateTime() == shown.path("update_time").asLong(0);
        if (wanted.isShownBy(shown) && sameTime && state.written()) {
            return Need.NOTHING;
        }
        return state.written() ? Need.REPAIR : Need.WRITE;
    }

    /**
     * Writes an object.
     *
     * @param before the entry of the state that {@code need} was computed from, or null
     * @return the state afterwards; null if another runner is about to write
     */
    @Nullable
    SslState write(
            CertificateObject object,
            Material material,
            SslObject wanted,
            CertificateSettings settings,
            @Nullable Stored before,
            Need need)
            throws AdminApiException, StoreException, InterruptedException {
        String key = SslState.key(object.id());
        SslState state = SslState.read(before);
        Instant now = clock.instant();
        if (isClaimed(state)) {
            return null;
        }
        if (!(store.commit(Transaction.EMPTY
                        .expecting(key, before)
                        .put(key, state.claimed(runner, now).stored()))
                instanceof CommitResult.Committed(long revision))) {
            return null;
        }
        EventCode code = need == Need.REPAIR ? EventCode.CERTIFICATE_REPAIR : EventCode.CERTIFICATE_WRITE;
        String audited = CertificateObject.key(object.id());
        byte[] keyPem = material.keyPem();
        byte[] body = wanted.body(keyPem);
        try {
            JsonNode taken = ssls.put(object.id(), body);
            String serial = Material.serial(material.own());
            SslState after = new SslState(
                    wanted.digest(),
                    taken.path("update_time").asLong(0),
                    serial,
                    material.end(),
                    settings.soon(material),
                    now,
                    null,
                    null,
                    "");
            // On a conflict another runner took the claim over and writes the same.
            CommitResult _ = audit.commit(
                    Transaction.EMPTY.expecting(key, revision).put(key, after.stored()),
                    AuditEvent.done(code, Actor.RUNNER, audited)
                            .withMessage("serial " + serial + ", until " + material.end()));
            return after;
        } catch (AdminApiException e) {
            release(key, revision, state);
            throw e;
        } finally {
            Arrays.fill(keyPem, (byte) 0);
            Arrays.fill(body, (byte) 0);
        }
    }

    private void release(String key, long claim, SslState state) throws StoreException {
        CommitResult _ = store.commit(Transaction.EMPTY
                .expecting(key, claim)
                .put(key, state.unclaimed().stored()));
    }

    /** Returns whether another runner is about to write or remove the object. */
    boolean isClaimed(SslState state) {
        return state.claimedAt() != null
                && !runner.equals(state.claimedBy())
                && clock.instant().isBefore(state.claimedAt().plus(CLAIM));
    }

    /**
     * Removes the object of a certificate that is gone, and then its state. The state is claimed before, so that no other
     * runner writes the object at this moment for a certificate of the same id.
     *
     * @param record the revision of the certificate's record; 0 if there is none
     * @param leave why the object must be left in the gateway, or null
     * @return false if the certificate, or what another runner does with it, changed meanwhile
     */
    boolean remove(String id, long record, Stored before, @Nullable String leave)
            throws AdminApiException, StoreException, InterruptedException {
        SslState state = SslState.read(before);
        if (isClaimed(state)) {
            return false;
        }
        CommitResult claim = store.commit(Transaction.EMPTY
                .expecting(before.key(), before)
                .expecting(CertificateObject.key(id), record)
                .put(before.key(), state.claimed(runner, clock.instant()).stored()));
        if (!(claim instanceof CommitResult.Committed(long revision))) {
            return false;
        }
        boolean ours;
        try {
            JsonNode shown = leave == null ? ssls.one(id) : null;
            ours = shown != null && SslObject.isOurs(shown);
            if (ours) {
                ssls.delete(id);
            }
        } catch (AdminApiException e) {
            release(before.key(), revision, state);
            throw e;
        }
        String issued = IssuedCertificates.key(id);
        AuditEvent event = AuditEvent.done(EventCode.CERTIFICATE_REMOVE, Actor.RUNNER, CertificateObject.key(id))
                .withMessage(
                        leave != null
                                ? "left in the gateway: " + leave
                                : ours ? null : "the gateway had no object of the runner any more");
        CommitResult removed = audit.commit(
                Transaction.EMPTY
                        .expecting(before.key(), revision)
                        .delete(before.key())
                        .delete(issued),
                event);
        return removed instanceof CommitResult.Committed;
    }

    /** Records soon that a certificate was not written. */
    void refused(String id, String problem) {
        audit.recordSoon(
                AuditEvent.failed(EventCode.CERTIFICATE_WRITE, Actor.RUNNER, CertificateObject.key(id), problem));
    }

    /** Records that a certificate ends soon or has ended, once for all runners. */
    void tell(String id, Stored before, SslState state, String what) throws StoreException {
        AuditEvent event = what.equals("ended")
                ? AuditEvent.failed(
                        EventCode.CERTIFICATE_EXPIRY,
                        Actor.RUNNER,
                        CertificateObject.key(id),
                        "serial " + state.serial() + " ended at " + state.until())
                : AuditEvent.done(EventCode.CERTIFICATE_EXPIRY, Actor.RUNNER, CertificateObject.key(id))
                        .withMessage("serial " + state.serial() + " ends at " + state.until());
        CommitResult _ = audit.commit(
                Transaction.EMPTY
                        .expecting(before.key(), before)
                        .put(before.key(), state.telling(what).stored()),
                event);
    }
}
