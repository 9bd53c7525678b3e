package dev.secretproviders.certificate;

import dev.secretproviders.store.Stored;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the runners have written to the gateway for one certificate, kept in the store for all of them. It holds no key.
 *
 * @param digest the digest of the object that was written; empty if none was yet
 * @param updateTime the time that the gateway gave to it, in seconds; a later one means that something else wrote
 * @param serial the serial number of the certificate
 * @param until when the certificate ends
 * @param soon from when on its end is near
 * @param writtenAt when it was written
 * @param claimedBy the runner that is about to write, or null
 * @param claimedAt when it said so, or null
 * @param told how much of its end was audited: empty, {@code soon} or {@code ended}
 */
record SslState(
        String digest,
        long updateTime,
        String serial,
        Instant until,
        Instant soon,
        Instant writtenAt,
        @Nullable String claimedBy,
        @Nullable Instant claimedAt,
        String told) {
    /** The prefix of its key in the store. */
    static final String PREFIX = "certificate-state/";

    /** The state of a certificate that was never written. */
    static final SslState NONE = new SslState("", 0, "", Instant.EPOCH, Instant.EPOCH, Instant.EPOCH, null, null, "");

    private static final JsonMapper JSON = JsonMapper.shared();

    static String key(String id) {
        return PREFIX + id;
    }

    /** Reads an entry of the store; a damaged one is like none. */
    static SslState read(@Nullable Stored stored) {
        if (stored == null) {
            return NONE;
        }
        try {
            JsonNode node = JSON.readTree(stored.value());
            return new SslState(
                    node.path("digest").asString(""),
                    node.path("update_time").asLong(0),
                    node.path("serial").asString(""),
                    Instant.parse(node.path("until").asString("")),
                    Instant.parse(node.path("soon").asString("")),
                    Instant.parse(node.path("written_at").asString("")),
                    node.path("claimed_by").isString() ? node.path("claimed_by").asString() : null,
                    node.path("claimed_at").isString()
                            ? Instant.parse(node.path("claimed_at").asString())
                            : null,
                    node.path("told").asString(""));
        } catch (JacksonException | DateTimeException e) {
            return NONE;
        }
    }

    byte[] stored() {
        ObjectNode node = JSON.createObjectNode();
        node.put("digest", digest);
        node.put("update_time", updateTime);
        node.put("serial", serial);
        node.put("until", until.toString());
        node.put("soon", soon.toString());
        node.put("written_at", writtenAt.toString());
        if (claimedBy != null && claimedAt != null) {
            node.put("claimed_by", claimedBy);
            node.put("claimed_at", claimedAt.toString());
        }
        node.put("told", told);
        return JSON.writeValueAsBytes(node);
    }

    /** Returns whether something was written. */
    boolean written() {
        return !digest.isEmpty();
    }

    /** Returns this state while a runner writes. */
    SslState claimed(String runner, Instant at) {
        return new SslState(digest, updateTime, serial, until, soon, writtenAt, runner, at, told);
    }

    /** Returns this state without a claim. */
    SslState unclaimed() {
        return new SslState(digest, updateTime, serial, until, soon, writtenAt, null, null, told);
    }

    /** Returns this state after its end was audited. */
    SslState telling(String what) {
        return new SslState(digest, updateTime, serial, until, soon, writtenAt, claimedBy, claimedAt, what);
    }
}
