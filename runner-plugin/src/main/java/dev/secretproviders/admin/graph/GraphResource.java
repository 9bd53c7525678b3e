package dev.secretproviders.admin.graph;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.reference.ReferenceStates;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.guard.GuardedRoute;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The endpoint that shows which manager, secret, credential, consumer and route belong together. Reads memory only. */
public final class GraphResource implements AdminResource {
    private static final int USUAL_DEPTH = 2;
    private static final Schema NODE = Schema.object()
            .required("id", Schema.text(), "Its type and name, such as consumer/jack; the value for from.")
            .required("type", Schema.choice(NodeType.class), "What it is.")
            .required("name", Schema.text(), "What people call it.")
            .optional(
                    "state",
                    Schema.text(),
                    "The state of a provider; of a secret or credential, that of its reference; literal for a key in"
                            + " the gateway.")
            .required(
                    "side",
                    Schema.choice(Walk.Side.class),
                    "before: it leads to the chosen node. center: it was chosen. after: the chosen node leads to it.")
            .required("steps", Schema.whole(0), "How many edges are between it and the chosen node.")
            .required("before", Schema.whole(0), "How many edges end at it, shown here or not.")
            .required("after", Schema.whole(0), "How many edges begin at it, shown here or not.")
            .optional(
                    "guarded_by",
                    Schema.object()
                            .required(
                                    "type",
                                    Schema.choice(Graph.GUARDS.stream()
                                            .map(type -> type.name().toLowerCase(Locale.ROOT))
                                            .toArray(String[]::new)),
                                    "The kind of object.")
                            .required("id", Schema.text(), "The id of the object."),
                    "The object whose plugins make the runner authenticate the route.")
            .named("GraphNode");
    private static final Schema EDGE = Schema.object()
            .required("from", Schema.text(), "The id of the node that it begins at.")
            .required("to", Schema.text(), "The id of the node that it ends at.")
            .optional("reference", Schema.text(), "The reference that makes it.")
            .named("GraphEdge");
    private static final Schema GRAPH = Schema.object()
            .required("from", Schema.text().orNull(), "The chosen node; null for all managers.")
            .required("depth", Schema.whole(1, Walk.DEEPEST), "How many steps were walked in each direction.")
            .required(
                    "nodes", Schema.list(NODE), "The nodes, the nearest of each side first, at most " + Walk.MOST + ".")
            .required("edges", Schema.list(EDGE), "The edges between them, from the manager to the route.")
            .required(
                    "cut", Schema.flag(), "Whether nodes within these steps were left out, because there are too many.")
            .required(
                    "resource_types_not_seen",
                    Schema.list(Schema.choice(ResourceType.class)),
                    "Kinds of resources that the source of the configuration does not show, so that they are missing here.");

    private final ReferenceStates references;
    private final CredentialDirectory directory;
    private final Resolver resolver;
    private final ProvidersInScope providers;

    /** Creates the resource. */
    public GraphResource(
            ReferenceStates references, CredentialDirectory directory, Resolver resolver, ProvidersInScope providers) {
        this.references = references;
        this.directory = directory;
        this.resolver = resolver;
        this.providers = providers;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(Endpoint.get(
                        "/admin/graph",
                        "graph",
                        "Shows what leads to a node and what it leads to: manager, provider, secret, credential, consumer,"
                                + " route.",
                        Right.REFERENCE_READ,
                        Reach.filtered(),
                        this::graph)
                .with(
                        "from",
                        "string",
                        "The chosen node, such as consumer/jack, or reference/ and a reference; without it, all managers.")
                .with("depth", Schema.whole(1, Walk.DEEPEST), "How many steps to walk in each direction; 2 without it.")
                .answering(200, "The part of the graph around the node.", GRAPH)
                .answering(404, "There is no such node."));
    }

    private Answer graph(Call call) {
        int depth = call.number("depth", USUAL_DEPTH, 1, Walk.DEEPEST);
        String from = call.text("from");
        Graph graph = visible(call);
        Collection<Node> start = graph.managers();
        Node chosen = from == null ? null : graph.find(from);
        if (from != null) {
            if (chosen == null) {
                throw AdminProblemException.notFound("from: there is no such node; it may have gone meanwhile");
            }
            start = List.of(chosen);
        }
        Walk walk = Walk.from(graph, start, depth);
        ObjectNode answer = Json.object();
        answer.put("from", chosen == null ? null : chosen.id());
        answer.put("depth", depth);
        ArrayNode nodes = answer.putArray("nodes");
        walk.nodes().forEach(found -> nodes.add(shown(graph, found)));
        ArrayNode edges = answer.putArray("edges");
        walk.edges().forEach(edge -> {
            ObjectNode node = edges.addObject().put("from", edge.from()).put("to", edge.to());
            if (edge.reference() != null) {
                node.put("reference", edge.reference());
            }
        });
        answer.put("cut", walk.cut());
        ArrayNode unseen = answer.putArray("resource_types_not_seen");
        references.unlistedTypes().forEach(type -> unseen.add(type.name().toLowerCase(Locale.ROOT)));
        return Answer.ok(answer);
    }

    /** Returns what the caller sees. A route belongs to no provider, so limited callers see none as guarded. */
    private Graph visible(Call call) {
        Map<ProviderId, ProviderStatus> statuses = resolver.statuses();
        Map<ProviderId, String> states = new LinkedHashMap<>();
        providers.all(call).forEach(registered -> {
            ProviderId id = registered.provider().id();
            ProviderStatus status = statuses.get(id);
            states.put(id, status == null ? "invalid" : status.state().name().toLowerCase(Locale.ROOT));
        });
        ConsumerSnapshot snapshot = directory.consumers();
        boolean everything = call.caller().scope().everything();
        List<Usage> usages = references.usages(
                usage -> usage.reference() != null && providers.include(call, usage) && !providers.hides(call, usage));
        return new Graph(
                new Graph.Seen(
                        states,
                        usages,
                        new SeenConsumers(snapshot, credential -> providers.include(call, credential), everything),
                        everything ? snapshot.configuration().routes() : List.of()),
                new Secrets(usages, references, providers.registry()));
    }

    private static ObjectNode shown(Graph graph, Walk.Found found) {
        Node node = found.node();
        ObjectNode shown = Json.object();
        shown.put("id", node.id());
        shown.put("type", node.type().text());
        shown.put("name", node.name());
        if (node.state() != null) {
            shown.put("state", node.state());
        }
        shown.put("side", found.side().name().toLowerCase(Locale.ROOT));
        shown.put("steps", found.steps());
        shown.put("before", graph.before(node).total());
        shown.put("after", graph.after(node).total());
        GuardedRoute guard = graph.guard(node);
        if (guard != null) {
            shown.putObject("guarded_by")
                    .put("type", guard.by().name().toLowerCase(Locale.ROOT))
                    .put("id", guard.byId());
        }
        return shown;
    }
}
