package dev.secretproviders.admin.reference;

import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.spi.ProviderException;
import java.util.Arrays;
import java.util.List;

/** The schemas of answers about references and consumers. */
public final class ReferenceAnswers {
    private static final String STATE =
            "loading: no answer yet. fresh: confirmed within cache.ttl. refreshing: being confirmed. stale: the manager does not"
                    + " answer, the last value is served. expired: refused, older than cache.stale_ttl. negative: refused, there is"
                    + " no such secret. invalid: refused, the provider does not understand it.";

    private static final String NEXT = "When it is fetched next; null if that is not planned.";

    /** The states of a reference. */
    static final Schema STATES = Schema.choice(
            ResolutionState.class, "denied", "unmanaged", "per_consumer", "issued", "malformed", "unknown_provider");

    /** The names of {@link #STATES}. */
    static final List<String> STATE_NAMES = STATES.choices();

    private static final Schema LISTED = ProvidersInScope.USAGE
            .required(
                    "state",
                    STATES,
                    STATE
                            + " denied: the provider's access rules forbid it. unmanaged: the gateway resolves it by itself. per_consumer: it stands for another secret for each consumer. issued: the provider issues the certificate.")
            .optional("problem", Schema.text(), "What is wrong.")
            .required(
                    "last_used_at",
                    Schema.time().orNull(),
                    "When a client last authenticated with it since this runner started.")
            .required("last_used_by", Schema.text().orNull(), "The consumer of that client.");

    /** One use of a reference and its state. */
    public static final Schema REFERENCE = LISTED.named("Reference");

    static final Schema LIST = Schema.page(value(LISTED)
                    .optional("next_refresh", Schema.time().orNull(), NEXT)
                    .named("ListedReference"))
            .required(
                    "resource_types_not_seen",
                    Schema.list(Schema.choice(ResourceType.class)),
                    "Kinds of resources that the source of the configuration does not show, so that their references are missing"
                            + " here.");

    /** The kinds of credentials. */
    static final Schema KIND = Schema.choice(
            Arrays.stream(CredentialKind.values()).map(CredentialKind::label).toArray(String[]::new));

    private static final Schema FIELD_REFERENCE = described(Schema.object()
                    .required("field", Schema.text(), "The field, for example plugins.basic-auth.password.")
                    .required("reference", Schema.text(), "The reference.")
                    .required(
                            "state",
                            Schema.choice(ResolutionState.class, "denied"),
                            STATE + " denied: the access rules forbid it."))
            .optional("next_refresh", Schema.time().orNull(), NEXT)
            .optional(
                    "usable_until",
                    Schema.time(),
                    "From when on the value is refused, unless the manager confirms it before.")
            .named("CredentialReference");

    private static final Schema CREDENTIAL = described(Schema.object()
                    .required(
                            "id",
                            Schema.text().orNull(),
                            "The id of the credential; null for one in the consumer itself.")
                    .required("kind", KIND, "The kind: key for key-auth, basic for basic-auth, and so on.")
                    .required("resolves", Schema.flag(), "Whether it has all that it takes to be used now.")
                    .required("validity", ValidityView.SCHEMA, "When it counts, by labels and fields of its secrets.")
                    .required(
                            "key",
                            Schema.choice("literal", "reference"),
                            "Whether all of it is text in the gateway, or some of it a reference.")
                    .required(
                            "references",
                            Schema.list(FIELD_REFERENCE),
                            "Its references. The fields next to this one tell of the one that needs attention most.")
                    .optional("reference", Schema.text(), "The reference.")
                    .optional(
                            "state",
                            Schema.choice(ResolutionState.class, "denied"),
                            STATE + " denied: the access rules forbid it."))
            .optional("next_refresh", Schema.time().orNull(), NEXT)
            .optional(
                    "usable_until",
                    Schema.time(),
                    "From when on the key is refused, unless the manager confirms it before.")
            .required("last_used_at", Schema.time().orNull(), "When it was last used since this runner started.")
            .required(
                    "previous_version_uses",
                    Schema.whole(0),
                    "How often the version before the current one was used since the last rotation.")
            .required("previous_version_last_used_at", Schema.time().orNull(), "When that was last.")
            .named("Credential");

    static final Schema CONSUMER = Schema.keyed(
            Schema.object()
                    .required("username", Schema.text(), "The name of the consumer.")
                    .required("custom_id", Schema.text().orNull(), "Its label custom_id.")
                    .required("labels", Schema.map(Schema.text()), "Its labels.")
                    .required("credentials", Schema.list(CREDENTIAL), "Its credentials in your scope.")
                    .named("Consumer"),
            "/consumers/jack");

    static final Schema EXPLAINED = described(Schema.object()
                    .required("reference", Schema.text(), "The reference.")
                    .required("provider", Schema.text(), "manager/id.")
                    .required("state", Schema.choice(ResolutionState.class), STATE))
            .required("next_refresh", Schema.time().orNull(), NEXT)
            .required("used_by", Schema.list(REFERENCE), "What refers to it.");

    static final Schema UNUSED = Schema.object()
            .required("total_providers", Schema.whole(0), "How many providers there are, on all pages.")
            .required("total_secrets", Schema.whole(0), "How many local secrets there are, on all pages.")
            .required("providers", Schema.list(Schema.text()), "The providers of this page, as manager/id.")
            .required("secrets", Schema.list(Schema.text()), "The local secrets of this page, as local/id/path.");

    static final Schema REFRESHING = Schema.object()
            .required(
                    "refreshing",
                    Schema.anyOf(Schema.text(), Schema.nothing(), Schema.list(Schema.text())),
                    "The provider or reference; null if the reference is not in use. After an event of a manager: the secrets.");

    private ReferenceAnswers() {}

    /** Adds what a resolution says of the secret. */
    private static Schema described(Schema object) {
        return value(object.optional("problem", Schema.text(), "What is wrong.")
                        .optional(
                                "failure",
                                Schema.choice(ProviderException.Kind.class),
                                "The kind of the last failure."))
                .optional(
                        "previous_versions",
                        Schema.list(Schema.text().orNull()),
                        "Earlier versions that are still accepted, latest first.");
    }

    /** Adds what a resolution says of the current version. */
    private static Schema value(Schema object) {
        return object.optional("path", Schema.text().orNull(), "The secret's name at the provider; null while unknown.")
                .optional(
                        "version", Schema.text().orNull(), "The manager's name of the version; null if it names none.")
                .optional("version_created_at", Schema.time().orNull(), "When the manager says that it was created.")
                .optional("fetched_at", Schema.time(), "When the value was fetched.")
                .optional("verified_at", Schema.time(), "When the manager last confirmed it.")
                .optional("age_seconds", Schema.whole(0).unit("seconds"), "How long ago that was.")
                .optional(
                        "secret_validity",
                        ValidityView.SCHEMA,
                        "When credentials with it count, if fields of the secret say so.");
    }
}
