package dev.secretproviders.admin.reference;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.reference.ReferenceStates.ReferenceState;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.CredentialName;
import dev.secretproviders.auth.PreviousUses;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKey;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints for consumers and their credentials, for references and their state, and for refreshing secrets. */
public final class ReferenceResource implements AdminResource {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Schema REFRESH = Schema.anyOf(
            Schema.closed()
                    .required("provider", ProvidersInScope.NAME, "manager/id: all of its secrets.")
                    .optional("reference", Schema.nothing(), "Absent or null."),
            Schema.closed()
                    .required("reference", Schema.text(), "A reference: the secret behind it.")
                    .optional("provider", Schema.nothing(), "Absent or null."),
            RotationEvent.AWS,
            RotationEvent.VAULT);
    private static final Schema EXPLAIN =
            Schema.closed().required("reference", Schema.text(), "The reference to explain.");

    private final ReferenceStates references;
    private final CredentialDirectory directory;
    private final Resolver resolver;
    private final ProvidersInScope providers;
    private final AuditLog audit;
    private final InstantSource clock;

    /** Creates the resource. */
    public ReferenceResource(
            ReferenceStates references,
            CredentialDirectory directory,
            Resolver resolver,
            ProvidersInScope providers,
            AuditLog audit,
            InstantSource clock) {
        this.references = references;
        this.directory = directory;
        this.resolver = resolver;
        this.providers = providers;
        this.audit = audit;
        this.clock = clock;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                                "/admin/references",
                                "listReferences",
                                "Lists all references with their state.",
                                Right.REFERENCE_READ,
                                Reach.filtered(),
                                this::list)
                        .with("provider", ProvidersInScope.NAME, "Only references to this provider, manager/id.")
                        .with("state", "string", "Only references in this state, such as unknown_provider.")
                        .with("resource_type", "string", "Only those in this kind of resource, such as route.")
                        .paged()
                        .answering(200, "The references with their states.", ReferenceAnswers.LIST),
                Endpoint.get(
                                "/admin/consumers",
                                "listConsumers",
                                "Lists consumers, their credentials and references.",
                                Right.REFERENCE_READ,
                                Reach.filtered(),
                                this::consumers)
                        .with("search", "string", "Only consumers whose name contains this.")
                        .paged()
                        .answering(200, "The consumers.", Schema.page(ReferenceAnswers.CONSUMER)),
                Endpoint.get(
                                "/admin/consumers/{username}",
                                "readConsumer",
                                "Reads one consumer.",
                                Right.REFERENCE_READ,
                                new Reach.Owned(this::visible),
                                this::consumer)
                        .answering(200, "The consumer.", ReferenceAnswers.CONSUMER),
                Endpoint.post(
                                "/admin/refresh",
                                "refresh",
                                "Has secrets fetched again, as after a manager's rotation event.",
                                Right.REFRESH,
                                Reach.providerOfBody(),
                                this::refresh)
                        .taking(REFRESH)
                        .answering(202, "The secrets are being fetched.", ReferenceAnswers.REFRESHING),
                Endpoint.post(
                                "/admin/explain",
                                "explain",
                                "Explains what a reference stands for, without the value.",
                                Right.EXPLAIN,
                                Reach.providerOfBody(),
                                this::explain)
                        .taking(EXPLAIN)
                        .answering(
                                200,
                                "Provider, path, state, version, age, next refresh and users.",
                                ReferenceAnswers.EXPLAINED));
    }

    /** Adds the state of a usage to its JSON. */
    public static ObjectNode shown(ReferenceState item, ObjectNode node) {
        node.put("state", item.state());
        if (item.problem() != null) {
            node.put("problem", item.problem());
        }
        Json.put(node, "last_used_at", item.lastUsed());
        node.put("last_used_by", item.lastUsedBy());
        return node;
    }

    private Answer list(Call call) {
        ProviderId provider = call.text("provider") == null ? null : ProvidersInScope.named(call.text("provider"));
        String state = call.text("state");
        String type = call.text("resource_type");
        ObjectNode answer = call.page(references
                .items(usage -> visible(call, usage)
                        && (provider == null
                                || (usage.reference() != null
                                        && usage.reference().provider().equals(provider)))
                        && (type == null || usage.type().name().equalsIgnoreCase(type)))
                .stream()
                .filter(item -> state == null || item.state().equalsIgnoreCase(state))
                .map(item -> ReferenceResource.shown(item, providers.shown(call, item.usage())))
                .toList());
        // Listed, so that their absence is not mistaken for an absence of references.
        ArrayNode unseen = answer.putArray("resource_types_not_seen");
        references.unlistedTypes().forEach(kind -> unseen.add(kind.name().toLowerCase(Locale.ROOT)));
        return Answer.ok(answer);
    }

    private Answer consumers(Call call) {
        String search = call.text("search");
        Map<CredentialName, Instant> uses = directory.lastUses();
        Map<CredentialName, PreviousUses> previousUses = directory.previousUses();
        return Answer.ok(call.page(new TreeMap<>(directory.consumers().consumers())
                .values().stream()
                        .filter(consumer -> visible(call, consumer)
                                && (search == null || consumer.username().contains(search)))
                        .map(consumer -> shown(call, consumer, uses, previousUses))
                        .toList()));
    }

    private Answer consumer(Call call) {
        Consumer consumer = directory.consumers().consumers().get(call.variable("username"));
        if (consumer == null) {
            throw AdminProblemException.notFound("there is no such consumer");
        }
        return Answer.ok(shown(call, consumer, directory.lastUses(), directory.previousUses()));
    }

    private ObjectNode shown(
            Call call,
            Consumer consumer,
            Map<CredentialName, Instant> uses,
            Map<CredentialName, PreviousUses> previousUses) {
        ObjectNode value = Json.object();
        value.put("username", consumer.username());
        value.put("custom_id", consumer.customId());
        ObjectNode labels = value.putObject("labels");
        consumer.labels().forEach(labels::put);
        ArrayNode credentials = value.putArray("credentials");
        for (Credential credential : consumer.credentials()) {
            if (!visible(call, credential)) {
                continue;
            }
            ObjectNode node = credentials.addObject();
            node.put("id", credential.id());
            switch (credential.key()) {
                case CredentialKey.Literal _ -> node.put("key", "literal");
                case CredentialKey.Referenced(SecretReference reference) -> {
                    node.put("key", "reference");
                    node.put("reference", reference.toString());
                    if (!directory.mayUse(consumer, reference)) {
                        node.put("state", "denied");
                    } else {
                        describe(node, resolver.resolution(reference));
                    }
                }
            }
            CredentialName name = new CredentialName(consumer.username(), credential.id());
            Json.put(node, "last_used_at", uses.get(name));
            PreviousUses previous = previousUses.get(name);
            node.put("previous_version_uses", previous == null ? 0 : previous.count());
            Json.put(node, "previous_version_last_used_at", previous == null ? null : previous.last());
        }
        return Json.keyed("/consumers/" + consumer.username(), value);
    }

    private Answer refresh(Call call) throws StoreException {
        ObjectNode body = call.requiredBody();
        RotationEvent event = RotationEvent.read(body);
        if (event != null) {
            return refresh(call, event);
        }
        String provider = Json.text(body, "provider");
        String reference = Json.text(body, "reference");
        ProviderId id = provider == null
                ? ProvidersInScope.reference(Objects.requireNonNull(reference)).provider()
                : ProvidersInScope.named(provider);
        var _ = providers.require(call, id);
        audit.record(AuditEvent.done(
                        EventCode.REFRESH,
                        call.caller().actor(),
                        provider == null ? String.valueOf(reference) : "provider/" + id)
                .in(call.requestId()));
        ObjectNode node = Json.object();
        if (provider != null) {
            resolver.refresh(id, List.of());
            node.put("refreshing", "provider/" + id);
        } else {
            boolean wanted = resolver.refresh(ProvidersInScope.reference(Objects.requireNonNull(reference)));
            node.put("refreshing", wanted ? reference : null);
        }
        return Answer.of(202, node);
    }

    /** Refreshes the secrets in memory that an event can mean, for each provider of the manager that sent it. */
    private Answer refresh(Call call, RotationEvent event) throws StoreException {
        ObjectNode node = Json.object();
        ArrayNode refreshing = node.putArray("refreshing");
        for (Registered registered : providers.all(call)) {
            ProviderId id = registered.provider().id();
            if (id.manager().equals(event.manager())) {
                resolver.refreshMatching(id, event::means).forEach(path -> refreshing.add(id + "/" + path));
            }
        }
        audit.record(AuditEvent.done(
                        EventCode.REFRESH, call.caller().actor(), event.manager() + " event about " + event.secret())
                .in(call.requestId())
                .withMessage(refreshing.size() + " secrets are being fetched"));
        return Answer.of(202, node);
    }

    private Answer explain(Call call) throws InterruptedException {
        SecretReference reference =
                ProvidersInScope.reference(call.requiredBody().path("reference").asString());
        ObjectNode node = Json.object();
        node.put("reference", reference.toString());
        node.put("provider", reference.provider().toString());
        describe(node, resolver.lookUp(reference, PATIENCE));
        Json.put(node, "next_refresh", resolver.nextRefresh(reference));
        ArrayNode usedBy = node.putArray("used_by");
        references
                .items(usage -> reference.equals(usage.reference()))
                .forEach(item -> usedBy.add(shown(item, providers.shown(call, item.usage()))));
        return Answer.ok(node);
    }

    private void describe(ObjectNode node, Resolution resolution) {
        node.put("state", resolution.state().name().toLowerCase(Locale.ROOT));
        node.put("path", resolution.path());
        if (resolution.problem() != null) {
            node.put("problem", resolution.problem());
        }
        if (resolution.failure() != null) {
            node.put("failure", resolution.failure().name().toLowerCase(Locale.ROOT));
        }
        ResolvedValue current = resolution.current();
        if (current != null) {
            HeldVersion version = current.version();
            node.put("version", version.name());
            Json.put(node, "version_created_at", version.createdAt());
            Json.put(node, "fetched_at", version.fetchedAt());
            Json.put(node, "verified_at", version.verifiedAt());
            node.put(
                    "age_seconds",
                    Math.max(
                            0,
                            Duration.between(version.verifiedAt(), clock.instant())
                                    .toSeconds()));
            ArrayNode previous = node.putArray("previous_versions");
            resolution.previous().forEach(value -> previous.add(value.version().name()));
        }
    }

    private boolean visible(Call call) {
        Consumer consumer = directory.consumers().consumers().get(call.variable("username"));
        return consumer != null && visible(call, consumer);
    }

    /** Returns whether the caller sees a consumer. A limited caller sees those with credentials from its providers. */
    private boolean visible(Call call, Consumer consumer) {
        return call.caller().scope().everything()
                || consumer.credentials().stream().anyMatch(credential -> visible(call, credential));
    }

    private boolean visible(Call call, Credential credential) {
        return switch (credential.key()) {
            case CredentialKey.Literal _ -> call.caller().scope().everything();
            case CredentialKey.Referenced(SecretReference reference) -> providers.include(call, reference.provider());
        };
    }

    private boolean visible(Call call, Usage usage) {
        // A malformed reference names no provider, so only unlimited callers see it.
        return usage.reference() == null
                ? call.caller().scope().everything()
                : providers.include(call, usage.reference().provider());
    }
}
