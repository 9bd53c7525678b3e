package dev.secretproviders.admin.token;

import dev.secretproviders.admin.access.Role;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.SaltedHash;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.Stored;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A token without its secret.
 *
 * @param creation when and by whom it was created
 * @param hash the salted hash of its secret
 * @param revision the store's revision at which it was written
 */
record Token(String id, Terms terms, Creation creation, SaltedHash hash, long revision) {
    /** Prefix of a token's key in the store; the id follows. */
    static final String PREFIX = "token/";

    /** A field of every record since the store has a manifest. A record without it is from before. */
    static final String FIRST = "first";

    static final int SECRET_BYTES = 32;

    /** What answers say of a scope. */
    static final Schema SCOPE = Schema.object()
            .optional("providers", Schema.list(Schema.text()), "Patterns of providers, such as vault/prod-*.")
            .optional("labels", Schema.map(Schema.text()), "Labels that provider objects must have.");

    /** What {@link #shown} returns, and {@code last_used_at}. */
    static final Schema SHOWN = Schema.object()
            .required("id", Schema.text(), "Its id: the part of its text between the two _.")
            .required("name", Schema.text(), "Whose token it is.")
            .required("roles", Schema.list(Schema.choice(Role.class)), "What it may do.")
            .required("scope", SCOPE, "The providers that it is limited to; empty for no limit.")
            .required("created_at", Schema.time(), "When it was created.")
            .required("expires_at", Schema.time().orNull(), "When it ends; null for never.")
            .required("created_by", Schema.text(), "The name of the token that created it.")
            .required(FIRST, Schema.flag(), "Whether it is the first admin token, which token reset replaces.")
            .required(
                    "last_used_at",
                    Schema.time().orNull(),
                    "When it was last used at this runner since its start; null for never.");

    /**
     * What can be changed about a token.
     *
     * @param expiresAt null for a token that does not expire
     */
    record Terms(
            String name,
            Set<Role> roles,
            Scope scope,
            @Nullable Instant expiresAt) {}

    /**
     * How a token was created.
     *
     * @param by the name of its creator
     * @param first whether {@link FirstToken} created it
     */
    record Creation(Instant at, String by, boolean first) {}

    /** Returns a token that is not written yet. */
    static Token of(Terms terms, String by, Secret secret, Instant now) {
        String id = RandomSecrets.bytes(6).use(bytes -> HexFormat.of().formatHex(bytes));
        Creation creation = new Creation(now.truncatedTo(ChronoUnit.SECONDS), by, false);
        return new Token(id, terms, creation, SaltedHash.of(secret), 0);
    }

    /** Returns the token that an entry of the store holds, or null if it holds none. */
    static @Nullable Token read(Stored stored) {
        try {
            JsonNode node = Json.MAPPER.readTree(stored.value());
            Set<Role> roles = EnumSet.noneOf(Role.class);
            node.path("roles")
                    .forEach(role -> roles.add(Role.valueOf(role.asString().toUpperCase(Locale.ROOT))));
            JsonNode end = node.path("expires_at");
            Terms terms = new Terms(
                    node.path("name").asString(),
                    roles,
                    scope(node.path("scope")),
                    end.isString() ? Instant.parse(end.asString()) : null);
            return new Token(
                    stored.key().substring(PREFIX.length()),
                    terms,
                    new Creation(
                            Instant.parse(node.path("created_at").asString()),
                            node.path("created_by").asString(),
                            node.path(FIRST).asBoolean(false)),
                    SaltedHash.decode(node.path("hash").asString()),
                    stored.revision());
        } catch (JacksonException | IllegalArgumentException | DateTimeParseException e) {
            return null;
        }
    }

    /** Returns the name of the token that an entry holds, empty if it holds none. */
    static String nameOf(Stored entry) {
        try {
            return Json.MAPPER.readTree(entry.value()).path("name").asString("");
        } catch (JacksonException e) {
            // Not a token; logged when the table was read.
            return "";
        }
    }

    private static Scope scope(JsonNode node) {
        List<String> providers =
                node.path("providers").valueStream().map(JsonNode::asString).toList();
        Map<String, String> labels = new LinkedHashMap<>();
        node.path("labels").forEachEntry((label, value) -> labels.put(label, value.asString()));
        return new Scope(providers, labels);
    }

    /** Returns the text that a caller presents. */
    static Secret text(String id, Secret secret) {
        return Secret.ofUtf8("sp_" + id + "_" + secret.reveal());
    }

    String name() {
        return terms.name();
    }

    Set<Role> roles() {
        return terms.roles();
    }

    Scope scope() {
        return terms.scope();
    }

    @Nullable
    Instant expiresAt() {
        return terms.expiresAt();
    }

    /** Returns its key in the store. */
    String key() {
        return PREFIX + id;
    }

    boolean expired(Instant now) {
        Instant end = terms.expiresAt();
        return end != null && !now.isBefore(end);
    }

    /** Returns whether it is an unlimited admin token that never expires. */
    boolean isLastingAdmin() {
        return roles().contains(Role.ADMIN) && expiresAt() == null && scope().everything();
    }

    boolean first() {
        return creation.first();
    }

    /** Returns this token, marked as the first one. */
    Token asFirst() {
        return new Token(id, terms, new Creation(creation.at(), creation.by(), true), hash, revision);
    }

    Token with(Terms changed) {
        return new Token(id, changed, creation, hash, revision);
    }

    Token at(long written) {
        return new Token(id, terms, creation, hash, written);
    }

    /** Returns the token's fields for an answer, without its secret. */
    ObjectNode shown() {
        ObjectNode node = Json.object();
        node.put("id", id);
        node.put("name", name());
        roles().stream().sorted().forEach(role -> node.withArray("roles").add(role.text()));
        ObjectNode limits = node.putObject("scope");
        scope().providers().forEach(pattern -> limits.withArray("providers").add(pattern));
        scope().labels().forEach((label, value) -> limits.withObject("/labels").put(label, value));
        Json.put(node, "created_at", creation.at());
        Json.put(node, "expires_at", expiresAt());
        node.put("created_by", creation.by());
        node.put(FIRST, creation.first());
        return node;
    }

    /** Returns the record for the store. */
    byte[] stored() {
        ObjectNode node = shown();
        node.put("hash", hash.encoded());
        return Json.MAPPER.writeValueAsBytes(node);
    }
}
