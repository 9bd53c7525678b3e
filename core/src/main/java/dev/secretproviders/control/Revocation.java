package dev.secretproviders.control;

import dev.secretproviders.crypto.RuntimeSha256;
import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.Stored;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A revocation of one version of a secret, or of all versions. No runner of the cluster may use what it denies,
 * whatever the secret manager says. It stays in the store until an operator takes it back.
 *
 * @param provider the provider of the secret
 * @param path the secret's name at the provider
 * @param version the manager's name of the version, or null for all versions, future ones included
 * @param reason the reason that the operator gave, or null
 * @param by the name of the caller who revoked it
 * @param at the time of the revocation
 */
public record Revocation(
        ProviderId provider,
        String path,
        @Nullable String version,
        @Nullable String reason,
        String by,
        Instant at) {
    /** Prefix of the keys of revocations in the store. */
    static final String PREFIX = "revocation/";

    private static final int ID_DIGITS = 32;
    private static final JsonMapper JSON = JsonMapper.shared();

    /** Author of a revocation that cannot be read. Every readable one names its author. */
    private static final String NO_AUTHOR = "";

    /** Returns a revocation that denies a secret because a stored revocation of its provider cannot be read. */
    static Revocation unreadable(ProviderId provider, String path, String key) {
        return new Revocation(
                provider,
                path,
                null,
                "denied, because " + key + " in the store is not what a runner wrote last and may be about it; revoke"
                        + " again what it was for, restore a backup, or accept the store as it is: secret-providers"
                        + " restore --accept",
                NO_AUTHOR,
                Instant.EPOCH);
    }

    /** Returns the provider that an entry of the store belongs to, or null if its key names none. */
    static @Nullable ProviderId provider(String key) {
        String[] parts = key.split("/", -1);
        try {
            return parts.length == 4 && key.startsWith(PREFIX) ? new ProviderId(parts[1], parts[2]) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Returns the id of this revocation, which is the same for the same version of the same secret. */
    public String id() {
        // Provider names contain no zero byte, so two different revocations cannot have the same text.
        String text = provider + "\0" + path.length() + "\0" + path + "\0" + (version == null ? "*" : "=" + version);
        return RuntimeSha256.hex(text).substring(0, ID_DIGITS);
    }

    /** Returns the key of this revocation in the store. It holds a digest, because paths may be longer than a key. */
    String key() {
        return PREFIX + provider + "/" + id();
    }

    /** Returns whether this revocation denies the version. */
    boolean denies(String held) {
        return version == null || version.equals(held) || version.equals(ContentDigester.sharedName(held));
    }

    /** Returns the message to show for a secret that this revocation denies. */
    public String problem() {
        if (by.equals(NO_AUTHOR) && reason != null) {
            return reason;
        }
        return (version == null ? "all its versions were" : "version " + version + " was") + " revoked at " + at
                + "; rotate it, or let an admin delete the revocation " + id();
    }

    /** Returns this revocation as JSON, without secrets. */
    public ObjectNode json() {
        ObjectNode node = JSON.createObjectNode();
        node.put("provider", provider.toString());
        node.put("path", path);
        node.put("version", version);
        node.put("reason", reason);
        node.put("revoked_by", by);
        node.put("revoked_at", at.toString());
        return node;
    }

    byte[] stored() {
        return JSON.writeValueAsBytes(json());
    }

    /** @throws IllegalArgumentException if the entry is not a revocation */
    static Revocation read(Stored stored) {
        try {
            JsonNode node = JSON.readTree(stored.value());
            String[] provider = node.path("provider").asString().split("/", 2);
            Revocation read = new Revocation(
                    new ProviderId(provider[0], provider.length > 1 ? provider[1] : ""),
                    node.path("path").asString(),
                    text(node, "version"),
                    text(node, "reason"),
                    node.path("revoked_by").asString(),
                    Instant.parse(node.path("revoked_at").asString()));
            if (!read.key().equals(stored.key())) {
                throw new IllegalArgumentException("its key belongs to another revocation");
            }
            return read;
        } catch (JacksonException | java.time.DateTimeException e) {
            throw new IllegalArgumentException("it cannot be read", e);
        }
    }

    private static @Nullable String text(JsonNode node, String name) {
        return node.path(name).isString() ? node.path(name).stringValue() : null;
    }
}
