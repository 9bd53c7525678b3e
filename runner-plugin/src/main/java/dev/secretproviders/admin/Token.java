package dev.secretproviders.admin;

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
 * A token of the Admin API without its secret. Immutable.
 *
 * @param first whether {@link FirstToken} made it
 * @param revision the store's revision that wrote it; 0 if it was not written yet
 */
record Token(
        String id,
        String name,
        Set<Role> roles,
        Scope scope,
        Instant createdAt,
        @Nullable Instant expiresAt,
        String createdBy,
        boolean first,
        SaltedHash hash,
        long revision) {
    /** Under which keys the store keeps tokens. */
    static final String PREFIX = "token/";

    /** In each record since the store has a manifest, so that a record says by itself whether it is of before. */
    static final String FIRST = "first";

    /** Returns a new token of a secret. */
    static Token made(
            String name,
            Set<Role> roles,
            Scope scope,
            @Nullable Instant expiresAt,
            String by,
            Secret secret,
            Instant now) {
        String id = RandomSecrets.bytes(6).use(bytes -> HexFormat.of().formatHex(bytes));
        Instant second = now.truncatedTo(ChronoUnit.SECONDS);
        return new Token(id, name, roles, scope, second, expiresAt, by, false, SaltedHash.of(secret), 0);
    }

    /** Returns this token as the first one. */
    Token asFirst() {
        return new Token(id, name, roles, scope, createdAt, expiresAt, createdBy, true, hash, revision);
    }

    /** Returns this token as a revision of the store wrote it. */
    Token at(long written) {
        return new Token(id, name, roles, scope, createdAt, expiresAt, createdBy, first, hash, written);
    }

    /** Returns under which key the store keeps it. */
    String key() {
        return PREFIX + id;
    }

    boolean expired(Instant now) {
        return expiresAt != null && !now.isBefore(expiresAt);
    }

    /** Returns whether it can make tokens of any kind, and will always. */
    boolean isLastingAdmin() {
        return roles.contains(Role.ADMIN) && expiresAt == null && scope.everything();
    }

    /** Returns what may be shown. */
    ObjectNode shown() {
        ObjectNode node = Json.object();
        node.put("id", id);
        node.put("name", name);
        roles.stream().sorted().forEach(role -> node.withArray("roles").add(role.text()));
        ObjectNode limits = node.putObject("scope");
        scope.providers().forEach(pattern -> limits.withArray("providers").add(pattern));
        scope.labels().forEach((label, value) -> limits.withObject("/labels").put(label, value));
        Json.put(node, "created_at", createdAt);
        Json.put(node, "expires_at", expiresAt);
        node.put("created_by", createdBy);
        node.put(FIRST, first);
        return node;
    }

    byte[] stored() {
        ObjectNode node = shown();
        node.put("hash", hash.encoded());
        return Json.MAPPER.writeValueAsBytes(node);
    }

    /** Returns the token that an entry holds, or null if it holds none. */
    static @Nullable Token read(Stored stored) {
        try {
            JsonNode node = Json.MAPPER.readTree(stored.value());
            Set<Role> roles = EnumSet.noneOf(Role.class);
            node.path("roles")
                    .forEach(role -> roles.add(Role.valueOf(role.asString().toUpperCase(Locale.ROOT))));
            return new Token(
                    stored.key().substring(PREFIX.length()),
                    node.path("name").asString(),
                    roles,
                    scope(node.path("scope")),
                    Instant.parse(node.path("created_at").asString()),
                    node.path("expires_at").isString()
                            ? Instant.parse(node.path("expires_at").asString())
                            : null,
                    node.path("created_by").asString(),
                    node.path(FIRST).asBoolean(false),
                    SaltedHash.decode(node.path("hash").asString()),
                    stored.revision());
        } catch (JacksonException | IllegalArgumentException | DateTimeParseException e) {
            return null;
        }
    }

    private static Scope scope(JsonNode node) {
        List<String> providers =
                node.path("providers").valueStream().map(JsonNode::asString).toList();
        Map<String, String> labels = new LinkedHashMap<>();
        node.path("labels").forEachEntry((label, value) -> labels.put(label, value.asString()));
        return new Scope(providers, labels);
    }
}
