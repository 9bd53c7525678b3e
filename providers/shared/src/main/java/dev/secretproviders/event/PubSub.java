package dev.secretproviders.event;

import static dev.secretproviders.event.SecretEvent.text;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Notifications of Google Cloud Secret Manager, as a push subscription of Pub/Sub sends them. Their data is not read.
 *
 * @see <a href="https://docs.cloud.google.com/secret-manager/docs/event-notifications">event notifications</a>
 */
public final class PubSub {
    static final String MANAGER = "gcp";

    private static final Set<String> CHANGES = Set.of(
            "SECRET_CREATE",
            "SECRET_UPDATE",
            "SECRET_DELETE",
            "SECRET_VERSION_ADD",
            "SECRET_VERSION_ENABLE",
            "SECRET_VERSION_DISABLE",
            "SECRET_VERSION_DESTROY",
            "SECRET_VERSION_DESTROY_SCHEDULED");
    /** The project is a name or a number, so only the secret's own name tells which one it is. */
    private static final Pattern SECRET =
            Pattern.compile("projects/[^/]+/(?:locations/[^/]+/)?secrets/([A-Za-z0-9_-]{1,255})(?:/versions/[^/]+)?");

    private PubSub() {}

    static boolean claims(JsonNode body) {
        return body.has("message") || body.has("subscription");
    }

    /**
     * Reads a pushed message.
     *
     * @return null for a kind that changes no secret, such as the test message of a topic
     * @throws UnreadableEventException if it is no notification of Secret Manager
     */
    public static @Nullable SecretEvent read(JsonNode body) throws UnreadableEventException {
        JsonNode attributes = body.path("message").path("attributes");
        String type = text(attributes.path("eventType"));
        if (type.isEmpty()) {
            throw new UnreadableEventException(
                    "message.attributes.eventType: is required, as Secret Manager sends it, such as"
                            + " SECRET_VERSION_ADD");
        }
        if (!CHANGES.contains(type)) {
            return null;
        }
        String name = text(attributes.path("secretId"));
        Matcher secret = SECRET.matcher(name.isEmpty() ? text(attributes.path("versionId")) : name);
        if (!secret.matches()) {
            throw new UnreadableEventException(
                    "message.attributes.secretId: expected projects/PROJECT/secrets/NAME, as Secret Manager sends it");
        }
        return SecretEvent.of(MANAGER, secret.group(1));
    }
}
