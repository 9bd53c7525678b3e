package dev.secretproviders.audit;

import dev.secretproviders.audit.text.Masking;
import dev.secretproviders.audit.text.SignedText;
import dev.secretproviders.crypto.Hmac;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One record of the log. Field names follow the audit entries of API7 Enterprise.
 *
 * <p>Immutable as long as callers do not change the tree that {@link #json} returns.
 */
public final class AuditRecord {
    static final String PREFIX = "audit/record/";
    /** The previous HMAC that the first record names. */
    static final String NOTHING_BEFORE = "0".repeat(64);

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final DateTimeFormatter MILLISECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final int KEY_DIGITS = 20;
    /** Digits of a place in a key, padded with zeros. They suffice for every log, and fit into a long. */
    private static final int PLACE_DIGITS = 18;

    private static final int LONGEST_NAME = 1_000;
    private static final int LONGEST_MESSAGE = 2_000;

    private final long id;
    private final @Nullable SignedText text;
    private final JsonNode json;

    private AuditRecord(long id, @Nullable SignedText text, JsonNode json) {
        this.id = id;
        this.text = text;
        this.json = json;
    }

    /**
     * Makes a record.
     *
     * @param id its place in the log
     * @param time the time of the event
     * @param previous the HMAC of the record before it
     */
    static AuditRecord of(Hmac key, long id, Instant time, AuditEvent event, String previous) {
        Actor actor = event.actor();
        ObjectNode json = JSON.createObjectNode();
        json.put("id", id);
        json.put("event_time", MILLISECONDS.format(time.truncatedTo(ChronoUnit.MILLIS)));
        json.put("event_type", event.code().code(event.success()));
        json.put("success", event.success());
        String actorId = Masking.plain(actor.tokenId(), LONGEST_NAME);
        putUnlessNull(json, "operator_id", actorId);
        ObjectNode operator = json.putObject("operator");
        putUnlessNull(operator, "id", actorId);
        putUnlessNull(operator, "name", Masking.plain(actor.name(), LONGEST_NAME));
        putUnlessNull(json, "source", Masking.plain(actor.source(), LONGEST_NAME));
        putUnlessNull(json, "ip_address", Masking.plain(actor.address(), LONGEST_NAME));
        putUnlessNull(json, "resource_id", Masking.plain(event.object(), LONGEST_NAME));
        putUnlessNull(json, "request_id", Masking.plain(event.requestId(), LONGEST_NAME));
        if (event.before() != null) {
            json.set("before", Masking.masked(event.before()));
        }
        if (event.after() != null) {
            json.set("after", Masking.masked(event.after()));
        }
        putUnlessNull(
                json, event.success() ? "message" : "error_message", Masking.plain(event.message(), LONGEST_MESSAGE));
        json.put("prev", previous);
        SignedText text = SignedText.sign(key, SignedText.Kind.RECORD, JSON.writeValueAsBytes(json));
        json.put("hmac", text.hmac());
        return new AuditRecord(id, text, json);
    }

    /** Reads the record at a place of the log. Malformed bytes give a damaged record. */
    static AuditRecord read(Hmac key, long id, byte[] bytes) {
        return of(SignedText.verified(key, SignedText.Kind.RECORD, bytes), id, bytes);
    }

    /** @param text the signed text of the bytes, or null if the signature does not match */
    static AuditRecord of(@Nullable SignedText text, long id, byte[] bytes) {
        if (text == null) {
            return damaged(id, "this record was changed by something other than the runner");
        }
        try {
            JsonNode json = JSON.readTree(bytes);
            long signedId = json.path("id").asLong(0);
            return signedId == id
                    ? new AuditRecord(id, text, json)
                    : damaged(id, "record " + signedId + " was put in the place of this one");
        } catch (JacksonException e) {
            return damaged(id, "this record is not JSON");
        }
    }

    /** Returns the stand-in for a record that is not the one that was written. */
    static AuditRecord damaged(long id, String why) {
        ObjectNode json = JSON.createObjectNode();
        json.put("id", id);
        json.put("damaged", true);
        json.put("error_message", why);
        return new AuditRecord(id, null, json);
    }

    private static void putUnlessNull(ObjectNode json, String name, @Nullable String value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    /** Returns the store's key of a place in the log. */
    static String key(long id) {
        return PREFIX + "%020d".formatted(id);
    }

    /** Returns the place of a key, or -1 if the log never wrote such a key. */
    static long id(String key) {
        int start = PREFIX.length();
        if (key.length() != start + KEY_DIGITS) {
            return -1;
        }
        long id = 0;
        for (int i = start; i < key.length(); i++) {
            char digit = key.charAt(i);
            if (digit < '0' || digit > '9' || (digit != '0' && i < start + KEY_DIGITS - PLACE_DIGITS)) {
                return -1;
            }
            id = 10 * id + digit - '0';
        }
        return id > 0 ? id : -1;
    }

    /** Returns the record's place in the log, counted from 1. */
    public long id() {
        return id;
    }

    /**
     * Returns whether the record is not what was written. Then {@link #json} has the reason, and none of the stored
     * content.
     */
    public boolean damaged() {
        return text == null;
    }

    /** Returns all fields. */
    public JsonNode json() {
        return json;
    }

    /** Returns the time of the event, or null if the record is damaged. */
    public @Nullable Instant time() {
        try {
            String time = text("event_time");
            return time.isEmpty() ? null : Instant.parse(time);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Returns the stable code of the event, or an empty text if the record is damaged. */
    public String code() {
        return text("event_type");
    }

    /** Returns whether the action was done. */
    public boolean success() {
        return json.path("success").asBoolean(false);
    }

    /** Returns the object of the action. */
    public String object() {
        return text("resource_id");
    }

    /** Returns a text of the record, or an empty one if it has none of this name. */
    public String text(String name) {
        JsonNode value = json.path(name);
        return value.isString() ? value.asString() : "";
    }

    String operator(String name) {
        JsonNode value = json.path("operator");
        return (value.isObject() ? value.path(name) : MissingNode.getInstance()).asString("");
    }

    /** Returns the HMAC of the record before it. */
    String previous() {
        return text("prev");
    }

    /** Returns the HMAC of this record, or an empty text if it is damaged. */
    String hmac() {
        return text == null ? "" : text.hmac();
    }

    /** Returns the record's line in exports and copies: exactly its bytes, unless it is damaged. */
    public byte[] bytes() {
        return text == null ? JSON.writeValueAsBytes(json) : text.bytes();
    }

    @Override
    public String toString() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }
}
