package dev.secretproviders.admin.reference;

import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Schema;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A secret manager's event that a secret changed. EventBridge sends it for AWS Secrets Manager ({@code detail-type}
 * with {@code source: aws.secretsmanager}). Vault sends it as an event notification (CloudEvents,
 * {@code event_type: kv-v2/data-write} with {@code event.metadata.path}). Only the name in it is used: the runner
 * fetches the value from the manager.
 *
 * @param manager the manager whose providers it concerns
 * @param secret the secret's name in the event: an AWS name or ARN, or a Vault path with its mount
 */
record RotationEvent(String manager, String secret) {
    /** An EventBridge event, as it is sent; other fields do not matter. */
    static final Schema AWS = Schema.object()
            .optional("detail-type", Schema.any(), "What EventBridge calls the event.")
            .optional("source", Schema.choice("aws.secretsmanager"), "The service that sent it.")
            .optional("detail", Schema.any(), "The call that changed the secret, with the secret's name.")
            .optional("resources", Schema.any(), "Or else the ARN of the secret.")
            .oneOrMore("detail-type", "detail")
            .about("an EventBridge event of AWS Secrets Manager");

    /** An event notification (CloudEvents), as it is sent; other fields do not matter. */
    static final Schema VAULT = Schema.object()
            .optional("specversion", Schema.any(), "The version of CloudEvents.")
            .optional(
                    "data",
                    Schema.any(),
                    "event_type, such as kv-v2/data-write, and the secret's path in event.metadata.path.")
            .oneOrMore("specversion", "data")
            .about("an event notification of Vault or OpenBao");

    private static final int LONGEST_NAME = 2_048;
    /** The length of what AWS appends to a secret's name in its ARN: a hyphen and six characters. */
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
     * @throws AdminProblemException if it does but is not understood
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
     * Returns whether the event can be about the secret that a provider knows by this name. A wrong match costs one
     * request to the manager. A missed match would leave an old value in force.
     */
    boolean means(String name) {
        if (manager.equals("aws")) {
            String known = lastOfArn(name);
            String told = lastOfArn(secret);
            boolean arn = secret.startsWith("arn:");
            return told.equals(known)
                    || (arn && told.length() == known.length() + ARN_SUFFIX && told.startsWith(known + "-"));
        }
        // Our name lacks the provider's prefix and the data or metadata segment that version 2 puts after the mount.
        return secret.equals(name) || secret.endsWith("/" + name);
    }

    private static String lastOfArn(String text) {
        int at = text.startsWith("arn:") ? text.indexOf(":secret:") : -1;
        return at < 0 ? text : text.substring(at + ":secret:".length());
    }
}
