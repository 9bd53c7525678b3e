package dev.secretproviders.event;

import static dev.secretproviders.event.SecretEvent.text;

import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Event notifications of Vault and OpenBao: CloudEvents whose {@code data} has an {@code event_type}. */
final class VaultNotification {
    private static final Set<String> CHANGES = Set.of(
            "kv-v1/write",
            "kv-v1/delete",
            "kv-v2/data-write",
            "kv-v2/data-patch",
            "kv-v2/data-delete",
            "kv-v2/delete",
            "kv-v2/undelete",
            "kv-v2/destroy",
            "kv-v2/metadata-delete");

    private VaultNotification() {}

    static boolean claims(JsonNode body) {
        return body.has("specversion") || body.has("data");
    }

    static SecretEvent read(JsonNode body) throws UnreadableEventException {
        JsonNode data = body.path("data");
        if (!CHANGES.contains(text(data.path("event_type")))) {
            throw new UnreadableEventException(
                    "data.event_type: expected a change of a KV engine, such as kv-v2/data-write");
        }
        String path = text(data.path("event").path("metadata").path("path"));
        if (path.isEmpty()) {
            throw new UnreadableEventException("data.event.metadata.path: is required, the path of the secret");
        }
        return SecretEvent.of("vault", path);
    }
}
