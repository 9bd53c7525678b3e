package dev.secretproviders.audit;

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
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How far the log was delivered to one target. It is kept in the store, so that it survives a restart and is shared by
 * all runners. The runner that delivers holds it for a minute at a time, and the others wait.
 *
 * <p>A place that is missing or was changed by something other than a runner counts as the beginning: an attacker who
 * removes it causes records to arrive again, and none to be left out.
 *
 * <p>For one thread.
 */
final class DeliveryPlace {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryPlace.class);
    private static final String PREFIX = "delivery/audit/";
    /** After a crash of the runner, another one begins this much later. */
    private static final Duration HELD = Duration.ofMinutes(1);
    /** What is left of it when a write begins: the longest time limit, 30 seconds, and a margin. */
    private static final Duration LEAST_LEFT = Duration.ofSeconds(45);

    private final Store store;
    private final String key;
    private final InstantSource clock;
    private final boolean alone;
    private final String holder = UUID.randomUUID().toString();

    private long last;
    private long revision;
    /** Until when this runner may deliver; null while another one may. */
    private @Nullable Instant until;

    /**
     * Creates it. No I/O.
     *
     * @param target the kind of the target
     * @param alone whether no other runner has the store open
     */
    DeliveryPlace(Store store, String target, InstantSource clock, boolean alone) {
        this.store = store;
        this.key = PREFIX + target;
        this.clock = clock;
        this.alone = alone;
    }

    /** Reads the place. */
    void read() throws StoreException {
        JsonNode json = null;
        try {
            Stored stored = store.get(key);
            json = stored == null ? null : parsed(stored.value());
            revision = stored == null ? 0 : stored.revision();
        } catch (DamagedEntryException e) {
            LOG.warn("{}; audit records are delivered again from the beginning of the log", e.getMessage());
            revision = e.revision();
        }
        last = json == null ? 0 : json.path("last").asLong(0);
        until = alone ? Instant.MAX : json == null ? Instant.MIN : heldUntil(json);
    }

    private static @Nullable JsonNode parsed(byte[] bytes) {
        try {
            return JsonMapper.shared().readTree(bytes);
        } catch (JacksonException e) {
            return null;
        }
    }

    private @Nullable Instant heldUntil(JsonNode json) {
        try {
            Instant end = Instant.parse(json.path("until").asString(""));
            if (json.path("holder").asString("").equals(holder)) {
                return end;
            }
            return end.isAfter(clock.instant()) ? null : Instant.MIN;
        } catch (DateTimeException e) {
            return Instant.MIN;
        }
    }

    /** Returns the last record that was delivered; 0 for none. */
    long last() {
        return last;
    }

    /** Returns whether this runner may deliver now. */
    boolean isOurs() {
        return until != null;
    }

    /**
     * Makes sure that this runner may deliver for the time of a write. Returns false if another one may.
     *
     * @param delivered the last record that was delivered, for the case that the place must be written
     */
    boolean hold(long delivered) throws StoreException {
        Instant end = until;
        if (end == null) {
            return false;
        }
        return end.isAfter(clock.instant().plus(LEAST_LEFT)) || moveTo(delivered);
    }

    /**
     * Notes what was delivered, and holds the place.
     *
     * @return false if another runner did so meanwhile
     */
    boolean moveTo(long delivered) throws StoreException {
        var json = JsonMapper.shared().createObjectNode();
        json.put("last", delivered);
        json.put("holder", holder);
        Instant end = clock.instant().plus(HELD);
        json.put("until", end.toString());
        CommitResult result = store.commit(Transaction.EMPTY
                .expecting(key, revision)
                .put(key, JsonMapper.shared().writeValueAsBytes(json)));
        return switch (result) {
            case CommitResult.Committed(long now) -> {
                revision = now;
                last = delivered;
                until = alone ? Instant.MAX : end;
                yield true;
            }
            case CommitResult.Conflict _ -> {
                until = null;
                yield false;
            }
        };
    }
}
