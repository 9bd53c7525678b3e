package dev.secretproviders.control;

import dev.secretproviders.spi.ContentDigester;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.Stored;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A version of a secret, or all of them, that no runner of the cluster may use, whatever the secret manager says. It stands in
 * the store until an operator takes it back.
 *
 * @param provider whose secret it is
 * @param path the secret's name as the provider knows it
 * @param version the manager's name of the version, or null for all versions, those to come included
 * @param reason what the operator said, or null
 * @param by who revoked it
 * @param at when
 */
public record Revocation(
        ProviderId provider,
        String path,
        @Nullable String version,
        @Nullable String reason,
        String by,
        Instant at) {
    /** Under which keys the store keeps revocations. */
    static final String PREFIX = "revocation/";

    private static final int ID_BYTES = 16;
    private static final JsonMapper JSON = JsonMapper.shared();

    /** Every revocation that can be read names who made it. */
    private static final String NO_AUTHOR = "";

    /** Returns what denies a secret because a revocation of its provider cannot be read. */
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

    /** Returns the provider that an entry of the store is about, or null if its key does not say. */
    static @Nullable ProviderId provider(String key) {
        String[] parts = key.split("/", -1);
        try {
            return parts.length == 4 && key.startsWith(PREFIX) ? new ProviderId(parts[1], parts[2]) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Returns the name of this revocation: the same for the same version of the same secret. */
    public String id() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            // No name of a provider has a zero byte, so that nothing else has the same text.
            digest.update((provider + "\0" + path.length() + "\0" + path + "\0").getBytes(StandardCharsets.UTF_8));
            digest.update((version == null ? "*" : "=" + version).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(), 0, ID_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime has no SHA-256", e);
        }
    }

    /** Returns under which key the store keeps it; paths may be longer than a key, so that it has a digest instead. */
    String key() {
        return PREFIX + provider + "/" + id();
    }

    /** Returns whether it denies this version. */
    boolean denies(String held) {
        return version == null || version.equals(held) || version.equals(ContentDigester.sharedName(held));
    }

    /** Returns what to tell about a secret that is denied by it. */
    public String problem() {
        if (by.equals(NO_AUTHOR) && reason != null) {
            return reason;
        }
        return (version == null ? "all its versions were" : "version " + version + " was") + " revoked at " + at
                + "; rotate it, or let an admin delete the revocation " + id();
    }

    /** Returns it as JSON; it holds no secret. */
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

    /** @throws IllegalArgumentException if the entry is no revocation */
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
                throw new IllegalArgumentException("it is another one's");
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
