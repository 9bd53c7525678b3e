package dev.secretproviders.admin.secret;

import dev.secretproviders.provider.local.SecretMetadata;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** How answers show a local secret: names, dates and numbers, never a value or its length. */
final class SecretView {
    private SecretView() {}

    /** Returns the path of the secret as a resource. */
    static String key(SecretMetadata secret) {
        return "/secrets/" + secret.provider() + "/" + secret.path();
    }

    /** Returns what may be shown of a secret. */
    static ObjectNode value(SecretMetadata secret) {
        ObjectNode node = version(secret.current());
        node.put("path", secret.path());
        ArrayNode versions = node.putArray("versions");
        secret.versions().reversed().forEach(version -> versions.add(version(version)));
        return node;
    }

    private static ObjectNode version(SecretMetadata.Version version) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("version", version.version());
        node.put("created_at", version.createdAt().toString());
        node.put("created_by", version.createdBy());
        node.put("expires_at", text(version.expiresAt()));
        node.put("destroyed", version.destroyed());
        ArrayNode fields = node.putArray("fields");
        version.fields().forEach(fields::add);
        return node;
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }
}
