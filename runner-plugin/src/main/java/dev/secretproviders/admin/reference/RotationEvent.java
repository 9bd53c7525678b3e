package dev.secretproviders.admin.reference;

import dev.secretproviders.admin.rest.AdminProblemException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A secret manager's own word that a secret changed, as it is sent by EventBridge for AWS Secrets Manager ({@code detail-type}
 * with {@code source: aws.secretsmanager}), or by Vault's event notifications (CloudEvents, {@code event_type: kv-v2/data-write}
 * with {@code event.metadata.path}). Nothing of it is believed but the name: the value is asked of the manager.
 *
 * @param manager whose providers it concerns
 * @param secret the secret's name as the event has it: an AWS name or ARN, or a Vault path with its mount
 */
record RotationEvent(String manager, String secret) {
    private static final int LONGEST_NAME = 2_048;
    /** What AWS puts behind a secret's name in its ARN: a hyphen and six characters. */
    private static final int ARN_SUFFIX = 7;

    private static final Set<String> VAULT_EVENTS = Set.of(
            "kv-v1/write",
            "kv-v1/delete",
            "kv-v2/data-write",
            "kv-v2/data-patch",
            "kv-v2/data-delete",
            "kv-v2/delete",
            "kv-v2/undelete",
            "kv-v2/destroy",
            "kv-v2/metadata-delete");

    /**
     * Reads an event.
     *
     * @return null if the body does not claim to be one
     * @throws AdminProblemException if it does, and is not understood
     */
    static @Nullable RotationEvent read(ObjectNode body) {
        if (body.has("detail-type") || body.has("detail")) {
            return aws(body);
        }
        if (body.has("specversion") || body.has("data")) {
            return vault(body);
        }
        return null;
    }

    private static RotationEvent aws(ObjectNode body) {
        JsonNode detail = body.path("detail");
        String[] places = {
            text(detail.path("requestParameters").path("secretId")),
            text(detail.path("additionalEventData").path("SecretId")),
            text(detail.path("responseElements").path("arn")),
            text(body.path("resources").path(0))
        };
        if (!text(body.path("source")).equals("aws.secretsmanager")) {
            throw AdminProblemException.badRequest("source: expected aws.secretsmanager in an EventBridge event");
        }
        for (String place : places) {
            if (!place.isEmpty()) {
                return new RotationEvent("aws", bounded(place));
            }
        }
        throw AdminProblemException.badRequest(
                "an EventBridge event names its secret in"
                        + " detail.requestParameters.secretId, detail.additionalEventData.SecretId or resources; this one does not");
    }

    private static RotationEvent vault(ObjectNode body) {
        JsonNode data = body.path("data");
        String type = text(data.path("event_type"));
        if (!VAULT_EVENTS.contains(type)) {
            throw AdminProblemException.badRequest(
                    "data.event_type: expected a change of a KV engine, such as kv-v2/data-write");
        }
        String path = text(data.path("event").path("metadata").path("path"));
        if (path.isEmpty()) {
            throw AdminProblemException.badRequest("data.event.metadata.path: is required, the path of the secret");
        }
        return new RotationEvent("vault", bounded(path));
    }

    private static String bounded(String name) {
        if (name.length() > LONGEST_NAME || name.chars().anyMatch(Character::isISOControl)) {
            throw AdminProblemException.badRequest(
                    "the event names a secret with too long a name or control characters");
        }
        return name;
    }

    private static String text(JsonNode node) {
        return node.isString() ? node.stringValue() : "";
    }

    /**
     * Returns whether the event can be about the secret that a provider knows by this name. A name too many costs one question
     * to the manager; one too few would leave an old value in force.
     */
    boolean means(String name) {
        if (manager.equals("aws")) {
            String known = lastOfArn(name);
            String told = lastOfArn(secret);
            boolean arn = secret.startsWith("arn:");
            return told.equals(known)
                    || (arn && told.length() == known.length() + ARN_SUFFIX && told.startsWith(known + "-"));
        }
        // Ours has neither the provider's prefix nor the data or metadata segment that version 2 puts behind the mount.
        return secret.equals(name) || secret.endsWith("/" + name);
    }

    private static String lastOfArn(String text) {
        int at = text.startsWith("arn:") ? text.indexOf(":secret:") : -1;
        return at < 0 ? text : text.substring(at + ":secret:".length());
    }
}
