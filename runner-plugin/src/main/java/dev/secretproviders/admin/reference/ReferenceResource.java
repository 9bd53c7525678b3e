package dev.secretproviders.admin.reference;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.reference.ReferenceStates.ReferenceState;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Orders;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.admin.rest.Search;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.event.SecretEvent;
import dev.secretproviders.event.UnreadableEventException;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.reference.template.WrittenReference;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.Visit;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Endpoints for references and their state, and for refreshing secrets. */
public final class ReferenceResource implements AdminResource {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Schema REFRESH = Schema.anyOf(
            Schema.closed()
                    .required("provider", ProvidersInScope.NAME, "manager/id: all of its secrets.")
                    .optional("reference", Schema.nothing(), "Absent or null."),
            Schema.closed()
                    .required("reference", Schema.text(), "A reference: the secret behind it.")
                    .optional("provider", Schema.nothing(), "Absent or null."),
            EventSchemas.EVENT_BRIDGE,
            EventSchemas.PUB_SUB,
            EventSchemas.CLOUD_EVENT);
    /** The order that needs no state. */
    private static final Orders<Usage> PATHS = Orders.<Usage>of().by("path", Usage::text);

    private static final Orders<Row> ORDERS = Orders.<Row>of()
            .by("path", row -> row.item().usage().text())
            .by("state", row -> row.item().state())
            .by("age", Row::age)
            .by("next_refresh", Row::next)
            .by("last_used_at", Row::lastUsed);
    private static final Schema EXPLAIN = Schema.closed()
            .required("reference", Schema.text(), "The reference to explain.")
            .optional(
                    "keep",
                    Schema.choice("digest", "value"),
                    "Keep it resolved for two minutes, for a consumer that is about to get it: digest for a key of"
                            + " key-auth or a password, value for a secret of jwt-auth or hmac-auth.");

    private final ReferenceStates references;
    private final Resolver resolver;
    private final ProvidersInScope providers;
    private final AuditLog audit;
    private final ResolutionView view;
    private final KeptReferences kept;

    /**
     * A row of the list.
     *
     * @param next when it is fetched next; null if that is not planned, or if the list is not sorted by it
     * @param lastUsed when it was last used; null if it was not, or if the list is not sorted by it
     */
    private record Row(
            ReferenceState item,
            @Nullable Instant next,
            @Nullable Instant lastUsed) {
        /** Returns a number that grows with the age of the value, or null if there is no value. */
        @Nullable
        Long age() {
            Instant verified = item.verifiedAt();
            return verified == null ? null : -verified.toEpochMilli();
        }
    }

    /** Creates the resource. */
    public ReferenceResource(
            ReferenceStates references,
            Resolver resolver,
            ProvidersInScope providers,
            AuditLog audit,
            InstantSource clock) {
        this.references = references;
        this.resolver = resolver;
        this.providers = providers;
        this.audit = audit;
        this.view = new ResolutionView(clock);
        this.kept = new KeptReferences(resolver);
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
                        .with("state", ReferenceAnswers.STATES, "Only references in this state.")
                        .with(
                                "resource_type",
                                Schema.choice(ResourceType.class),
                                "Only those in this kind of resource.")
                        .searched("reference, or the name of whose resource or consumer,")
                        .sorted(ORDERS)
                        .paged()
                        .answering(200, "The references with their states.", ReferenceAnswers.LIST),
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
    public static ObjectNode shown(ReferenceStates references, ReferenceState item, ObjectNode node) {
        Instant lastUsed = references.lastUse(item);
        node.put("state", item.state());
        if (item.problem() != null) {
            node.put("problem", item.problem());
        }
        Json.put(node, "last_used_at", lastUsed);
        node.put(
                "last_used_by",
                lastUsed == null || item.credential() == null
                        ? null
                        : item.credential().username());
        return node;
    }

    private Answer list(Call call) {
        ProviderId provider = call.text("provider") == null ? null : ProvidersInScope.named(call.text("provider"));
        ResourceType type = call.oneOf("resource_type", ResourceType.class);
        String state = call.oneOf("state", ReferenceAnswers.STATE_NAMES);
        Search search = call.search();
        List<Usage> usages = references.usages().stream()
                .filter(usage -> (provider == null
                                || (usage.reference() != null
                                        && usage.reference().provider().equals(provider)))
                        && (type == null || usage.type() == type)
                        && providers.include(call, usage)
                        && (!search.given() || matches(call, search, usage)))
                .toList();
        boolean byPath = Orders.asked(call, "path");
        ObjectNode answer = state == null && (byPath || call.text("sort") == null)
                ? inOrder(call, usages)
                : ORDERS.page(call, rows(call, usages, state), row -> shown(call, row));
        // Listed, so that their absence is not mistaken for an absence of references.
        ArrayNode unseen = answer.putArray("resource_types_not_seen");
        references.unlistedTypes().forEach(kind -> unseen.add(kind.name().toLowerCase(Locale.ROOT)));
        return Answer.ok(answer);
    }

    /** Returns a page of usages in their order. Only the states of its own references are looked up. */
    private ObjectNode inOrder(Call call, List<Usage> usages) {
        return Json.list(
                usages.size(),
                references.states(PATHS.pageRows(call, usages)).stream()
                        .map(item -> shown(call, new Row(item, null, null)))
                        .toList());
    }

    private List<Row> rows(Call call, List<Usage> usages, @Nullable String state) {
        List<ReferenceState> items = references.states(usages).stream()
                .filter(item -> state == null || item.state().equals(state))
                .toList();
        List<Row> rows = new ArrayList<>(items.size());
        if (Orders.asked(call, "next_refresh")) {
            // The order is by the time of those that the runner resolves.
            List<Resolution> resolved = items.stream()
                    .map(ReferenceState::resolution)
                    .filter(Objects::nonNull)
                    .toList();
            Iterator<@Nullable Instant> next = resolver.nextRefreshes(
                            resolved.stream().map(Resolution::reference).toList())
                    .iterator();
            items.forEach(item -> rows.add(new Row(item, item.resolution() == null ? null : next.next(), null)));
        } else {
            boolean byUse = Orders.asked(call, "last_used_at");
            items.forEach(item -> rows.add(new Row(item, null, byUse ? references.lastUse(item) : null)));
        }
        return rows;
    }

    /** A caller who may not see the name of a resource cannot find it by that name. */
    private boolean matches(Call call, Search search, Usage usage) {
        return search.matches(usage.text())
                || (!providers.hides(call, usage) && search.matches(usage.id(), usage.name(), usage.parent()));
    }

    private ObjectNode shown(Call call, Row row) {
        ReferenceState item = row.item();
        ObjectNode node = shown(references, item, providers.shown(call, item.usage()));
        Resolution resolution = item.resolution();
        if (resolution != null) {
            view.value(node, resolution);
            Json.put(
                    node,
                    "next_refresh",
                    row.next() == null ? resolver.nextRefresh(resolution.reference()) : row.next());
        }
        return node;
    }

    private Answer refresh(Call call) throws StoreException {
        ObjectNode body = call.requiredBody();
        SecretEvent event = event(body);
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

    private static @Nullable SecretEvent event(ObjectNode body) {
        try {
            return SecretEvent.read(body);
        } catch (UnreadableEventException e) {
            throw AdminProblemException.badRequest(String.valueOf(e.getMessage()));
        }
    }

    /** Refreshes the secrets in memory that an event can mean, for each provider of the manager that sent it. */
    private Answer refresh(Call call, SecretEvent event) throws StoreException {
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

    /** Returns whether a reference stands for another secret for each consumer, this one among them. */
    private static boolean mayMean(Usage usage, SecretReference reference) {
        return WrittenReference.perConsumer(usage.text())
                && WrittenReference.mayMean(usage.text(), reference.toString());
    }

    private Resolution lookUp(SecretReference reference, @Nullable String keep) throws InterruptedException {
        return keep == null
                ? Visit.lookUp(resolver, reference, PATIENCE)
                : kept.keep(reference, keep.equals("value") ? Use.VALUE : Use.DIGEST, PATIENCE);
    }

    private Answer explain(Call call) throws InterruptedException {
        ObjectNode body = call.requiredBody();
        SecretReference reference =
                ProvidersInScope.reference(body.path("reference").asString());
        ObjectNode node = Json.object();
        node.put("reference", reference.toString());
        node.put("provider", reference.provider().toString());
        view.describe(node, lookUp(reference, Json.text(body, "keep")));
        Json.put(node, "next_refresh", resolver.nextRefresh(reference));
        ArrayNode usedBy = node.putArray("used_by");
        references
                .items(usage -> reference.equals(usage.reference()) || mayMean(usage, reference))
                .forEach(item -> usedBy.add(shown(references, item, providers.shown(call, item.usage()))));
        return Answer.ok(node);
    }
}
