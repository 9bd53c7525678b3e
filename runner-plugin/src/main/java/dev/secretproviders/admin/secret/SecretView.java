package dev.secretproviders.admin.secret;

import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.provider.local.SecretMetadata;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The JSON view of a local secret: names, dates and numbers, never a value or its length. */
final class SecretView {
    private static final Schema VERSION = Schema.object()
            .required("version", Schema.whole(1), "The number of the version.")
            .required("created_at", Schema.time(), "When it was written.")
            .required("created_by", Schema.text(), "The name of the token that wrote it.")
            .required("expires_at", Schema.time().orNull(), "From when on it is denied; null for never.")
            .required("destroyed", Schema.flag(), "Whether its values were destroyed.")
            .required("fields", Schema.list(Schema.text()), "The names of its fields.");
    private static final Schema SECRET = VERSION.required("path", Schema.text(), "The path, as in the reference.")
            .required("versions", Schema.list(VERSION.named("LocalSecretVersion")), "The versions kept, latest first.")
            .about("A local secret without values. Fields next to path are those of the current version.");
    private static final String KEY = "/secrets/team-a/jack";

    static final Schema ONE = Schema.keyed(SECRET.named("LocalSecret"), KEY);

    static final Schema REVEALED = Schema.keyed(
            SECRET.optional("generated", Schema.text(), "The generated key, shown this once, with reveal.")
                    .named("RevealedLocalSecret"),
            KEY);

    static final Schema REMOVABLE = Schema.object()
            .required("key", Schema.text(), "The path of the resource.")
            .required("dry_run", Schema.flag(), "True: nothing was changed.")
            .required(
                    "broken_references",
                    Schema.list(ProvidersInScope.USAGE.named("Usage")),
                    "With force: the references to it.")
            .named("Removable");

    static final Schema ACTED = Schema.anyOf(REVEALED, REMOVABLE);

    static final Schema PAGE = Schema.page(ONE)
            .optional("damaged", Schema.list(Schema.text()), "Paths whose records in the store cannot be read.");

    private SecretView() {}

    /** Returns the path of the secret as a resource. */
    static String key(SecretMetadata secret) {
        return key(secret.provider(), secret.path());
    }

    static String key(String provider, String path) {
        return "/secrets/" + provider + "/" + path;
    }

    /** Returns the fields of a secret that answers may show. */
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
