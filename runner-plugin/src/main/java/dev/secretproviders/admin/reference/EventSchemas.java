package dev.secretproviders.admin.reference;

import dev.secretproviders.admin.rest.Schema;

/** The schemas of secret managers' events. */
final class EventSchemas {
    /** An EventBridge event, as it is sent; other fields do not matter. */
    static final Schema EVENT_BRIDGE = Schema.object()
            .optional("detail-type", Schema.any(), "What EventBridge calls the event.")
            .optional("source", Schema.choice("aws.secretsmanager"), "The service that sent it.")
            .optional("detail", Schema.any(), "The call that changed the secret, with the secret's name.")
            .optional("resources", Schema.any(), "Or else the ARN of the secret.")
            .oneOrMore("detail-type", "detail")
            .about("an EventBridge event of AWS Secrets Manager");

    /** A message of a push subscription, as it is sent. */
    static final Schema PUB_SUB = Schema.object()
            .required("message", Schema.any(), "eventType and secretId in its attributes; its data is not read.")
            .optional("subscription", Schema.any(), "The subscription that sends it.")
            .about("a Pub/Sub message of Google Cloud Secret Manager");

    /** A CloudEvent or an event in Event Grid's schema, as it is sent; other fields do not matter. */
    static final Schema CLOUD_EVENT = Schema.object()
            .optional("specversion", Schema.any(), "The version of CloudEvents.")
            .optional("type", Schema.any(), "Of Azure: the kind, such as Microsoft.KeyVault.SecretNewVersionCreated.")
            .optional("eventType", Schema.any(), "The kind, in Event Grid's own schema.")
            .optional(
                    "data",
                    Schema.any(),
                    "Of Vault: event_type, such as kv-v2/data-write, and the path in event.metadata.path. Of Azure:"
                            + " ObjectName.")
            .oneOrMore("specversion", "data")
            .about("an event notification of Vault or OpenBao, or one event of Azure Key Vault");

    private EventSchemas() {}
}
