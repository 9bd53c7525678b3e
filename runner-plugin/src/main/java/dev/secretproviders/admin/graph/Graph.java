package dev.secretproviders.admin.graph;

import dev.secretproviders.admin.reference.ReferenceStates.ReferenceState;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.consumer.GatewayInjection;
import dev.secretproviders.consumer.guard.GuardedRoute;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one caller sees of the graph at one moment: manager, provider, secret, credential, consumer, route, and the other
 * objects of the gateway that refer to a secret. Nodes and edges are made when they are asked for, since an answer has
 * few of them. Every consumer with a credential reaches every route that the runner guards, so there may be millions.
 *
 * <p>Not thread-safe.
 */
final class Graph {
    /** The kinds of the objects that can guard a route. */
    static final List<ResourceType> GUARDS =
            List.of(ResourceType.ROUTE, ResourceType.PLUGIN_CONFIG, ResourceType.SERVICE, ResourceType.GLOBAL_RULE);

    /** The most edges of one node in each direction. */
    static final int MOST_EDGES = 50;

    /** The states of a reference; the later one needs more attention. */
    private static final List<String> SEVERITY = List.of(
            "unmanaged",
            "per_consumer",
            "fresh",
            "refreshing",
            "loading",
            "denied",
            "stale",
            "unknown_provider",
            "malformed",
            "invalid",
            "negative",
            "expired");

    private static final String REFERENCE = "reference/";

    private final Seen seen;
    private final Secrets secrets;
    private final Holders holders;
    private final Map<String, List<ProviderId>> managers = new TreeMap<>();
    private final Map<String, GuardedRoute> routes = new LinkedHashMap<>();

    /**
     * What the caller sees.
     *
     * @param providers their states, in the order of the answer
     * @param usages each with a reference
     * @param routes those that the runner guards
     */
    record Seen(
            Map<ProviderId, String> providers,
            List<Usage> usages,
            SeenConsumers consumers,
            List<GuardedRoute> routes) {}

    /**
     * The edges of a node in one direction.
     *
     * @param total how many there are
     * @param first the first of them, at most {@link #MOST_EDGES}
     */
    record Ways(int total, List<Edge> first) {
        static Ways of(int total, Stream<Edge> edges) {
            return new Ways(total, edges.limit(MOST_EDGES).toList());
        }
    }

    Graph(Seen seen, Secrets secrets) {
        this.seen = seen;
        this.secrets = secrets;
        this.holders = new Holders(seen.usages());
        for (ProviderId id : seen.providers().keySet()) {
            managers.computeIfAbsent(id.manager(), absent -> new ArrayList<>()).add(id);
        }
        seen.routes().forEach(route -> routes.put(NodeType.ROUTE.id(route.id()), route));
    }

    /** Returns all managers. */
    Collection<Node> managers() {
        return managers.keySet().stream()
                .map(name -> node(NodeType.MANAGER.id(name)))
                .toList();
    }

    /** Returns a node by its id, or by {@code reference/} and a reference in use; null if the caller sees none. */
    @Nullable
    Node find(String id) {
        if (id.startsWith(REFERENCE)) {
            String text = id.substring(REFERENCE.length());
            return seen.usages().stream()
                    .filter(usage -> usage.text().equals(text))
                    .findFirst()
                    .map(this::secret)
                    .orElse(null);
        }
        String name = id.substring(id.indexOf('/') + 1);
        for (NodeType type : NodeType.values()) {
            if (id.equals(type.id(name))) {
                return exists(type, id, name) ? node(id) : null;
            }
        }
        return null;
    }

    private boolean exists(NodeType type, String id, String name) {
        return switch (type) {
            case MANAGER -> managers.containsKey(name);
            case PROVIDER -> state(name) != null;
            case SECRET -> {
                Names.OfSecret secret = Names.secret(name);
                yield secret != null && secrets.of(secret.owner()).containsKey(secret.path());
            }
            case CREDENTIAL ->
                credential(name) != null || !holders.held(type, id).isEmpty();
            case CONSUMER ->
                seen.consumers().has(name) || !holders.held(type, id).isEmpty();
            case ROUTE -> routes.containsKey(id) || !holders.held(type, id).isEmpty();
            case SERVICE, CONSUMER_GROUP, PLUGIN_CONFIG, GLOBAL_RULE, SSL, CERTIFICATE ->
                !holders.held(type, id).isEmpty();
        };
    }

    /** Returns a node that is there. */
    Node node(String id) {
        int slash = id.indexOf('/');
        NodeType type = NodeType.valueOf(id.substring(0, slash).toUpperCase(Locale.ROOT));
        String name = id.substring(slash + 1);
        return switch (type) {
            case MANAGER -> new Node(id, type, name, null);
            case PROVIDER -> held(new Node(id, type, name, state(name)));
            case SECRET -> {
                String state = null;
                for (ReferenceState item : references(name)) {
                    state = worse(item.state(), state);
                }
                yield new Node(
                        id, type, Objects.requireNonNull(Names.secret(name)).path(), state);
            }
            case CREDENTIAL -> {
                Credential credential = credential(name);
                yield credential == null
                        ? holder(id, type)
                        : held(new Node(
                                id,
                                type,
                                credential.id() == null ? credential.kind().label() : credential.id(),
                                credential.references().isEmpty() ? "literal" : null));
            }
            case CONSUMER -> seen.consumers().has(name) ? held(new Node(id, type, name, null)) : holder(id, type);
            case ROUTE -> {
                GuardedRoute route = routes.get(id);
                yield route == null
                        ? holder(id, type)
                        : held(new Node(id, type, route.name() == null ? route.id() : route.name(), null));
            }
            case SERVICE, CONSUMER_GROUP, PLUGIN_CONFIG, GLOBAL_RULE, SSL, CERTIFICATE -> holder(id, type);
        };
    }

    /** Returns the state of a provider that the caller sees; null for any other name. */
    private @Nullable String state(String provider) {
        ProviderId id = Names.provider(provider);
        return id == null ? null : seen.providers().get(id);
    }

    /** Returns a node that is known only because it refers to a secret. */
    private Node holder(String id, NodeType type) {
        Usage usage = holders.held(type, id).getFirst();
        return held(new Node(id, type, usage.name() == null ? usage.id() : usage.name(), null));
    }

    /** Returns a node with the state of the references in it that the runner resolves. */
    private Node held(Node node) {
        String state = node.state();
        for (Usage usage : holders.held(node.type(), node.id())) {
            if (CredentialKind.ofPath(usage.field()) != null
                    || usage.type() == ResourceType.CERTIFICATE
                    || GatewayInjection.uses(usage)) {
                state = worse(secrets.of(usage).item().state(), state);
            }
        }
        return new Node(node.id(), node.type(), node.name(), state);
    }

    /** Several references may be in several states. The node shows the one that needs attention most. */
    private static String worse(String state, @Nullable String known) {
        return known == null || SEVERITY.indexOf(state) > SEVERITY.indexOf(known) ? state : known;
    }

    /** Returns the edges that begin at a node. */
    Ways after(Node node) {
        String id = node.id();
        String name = id.substring(id.indexOf('/') + 1);
        return switch (node.type()) {
            case MANAGER -> {
                List<ProviderId> its = managers.getOrDefault(name, List.of());
                yield Ways.of(
                        its.size(), its.stream().map(one -> new Edge(id, NodeType.PROVIDER.id(one.toString()), null)));
            }
            case PROVIDER -> {
                Collection<String> its =
                        secrets.of(Objects.requireNonNull(Names.provider(name))).keySet();
                yield Ways.of(
                        its.size(),
                        its.stream().map(path -> new Edge(id, NodeType.SECRET.id(name + "/" + path), null)));
            }
            case SECRET -> {
                List<ReferenceState> its = references(name);
                yield Ways.of(
                        its.size(),
                        its.stream()
                                .map(item -> new Edge(
                                        id,
                                        Holders.holder(item.usage()),
                                        item.usage().text())));
            }
            case CREDENTIAL ->
                credential(name) == null
                        ? Ways.of(0, Stream.empty())
                        : Ways.of(1, Stream.of(new Edge(id, NodeType.CONSUMER.id(Holders.consumerOf(name)), null)));
            case CONSUMER ->
                seen.consumers().credentials(name).isEmpty()
                        ? Ways.of(0, Stream.empty())
                        : Ways.of(routes.size(), routes.keySet().stream().map(route -> new Edge(id, route, null)));
            case ROUTE, SERVICE, CONSUMER_GROUP, PLUGIN_CONFIG, GLOBAL_RULE, SSL, CERTIFICATE ->
                Ways.of(0, Stream.empty());
        };
    }

    /** Returns the edges that end at a node. */
    Ways before(Node node) {
        String id = node.id();
        String name = id.substring(id.indexOf('/') + 1);
        List<Usage> held = holders.held(node.type(), id);
        Stream<Edge> secretsBefore = held.stream().map(usage -> new Edge(secretId(usage), id, usage.text()));
        return switch (node.type()) {
            case MANAGER -> Ways.of(0, Stream.empty());
            case PROVIDER -> {
                ProviderId provider = Names.provider(name);
                yield provider != null && seen.providers().containsKey(provider)
                        ? Ways.of(
                                held.size() + 1,
                                Stream.concat(
                                        Stream.of(new Edge(NodeType.MANAGER.id(provider.manager()), id, null)),
                                        secretsBefore))
                        : Ways.of(held.size(), secretsBefore);
            }
            case SECRET -> {
                ProviderId owner = Objects.requireNonNull(Names.secret(name)).owner();
                yield seen.providers().containsKey(owner)
                        ? Ways.of(1, Stream.of(new Edge(NodeType.PROVIDER.id(owner.toString()), id, null)))
                        : Ways.of(0, Stream.empty());
            }
            case CONSUMER -> {
                List<Credential> its = seen.consumers().credentials(name);
                yield Ways.of(
                        its.size() + held.size(),
                        Stream.concat(
                                its.stream()
                                        .map(one -> new Edge(
                                                NodeType.CREDENTIAL.id(
                                                        Holders.credentialName(name, one.id(), one.kind())),
                                                id,
                                                null)),
                                secretsBefore));
            }
            case ROUTE ->
                routes.containsKey(id)
                        ? Ways.of(
                                held.size() + seen.consumers().clients(),
                                Stream.concat(
                                        secretsBefore,
                                        seen.consumers().firstClients().stream()
                                                .map(client -> new Edge(NodeType.CONSUMER.id(client), id, null))))
                        : Ways.of(held.size(), secretsBefore);
            case CREDENTIAL, SERVICE, CONSUMER_GROUP, PLUGIN_CONFIG, GLOBAL_RULE, SSL, CERTIFICATE ->
                Ways.of(held.size(), secretsBefore);
        };
    }

    /** Returns what guards a route, or null if the node is no such route. */
    @Nullable
    GuardedRoute guard(Node node) {
        return routes.get(node.id());
    }

    /** Returns the references to a secret. */
    private List<ReferenceState> references(String name) {
        Names.OfSecret secret = Objects.requireNonNull(Names.secret(name));
        return secrets.of(secret.owner()).getOrDefault(secret.path(), List.of());
    }

    private Node secret(Usage usage) {
        return node(secretId(usage));
    }

    private String secretId(Usage usage) {
        SecretReference reference = Objects.requireNonNull(usage.reference());
        return NodeType.SECRET.id(reference.provider() + "/" + secrets.of(usage).path());
    }

    /** Returns the credential of a consumer that the caller sees by its name, or null. */
    private @Nullable Credential credential(String name) {
        String consumer = Holders.consumerOf(name);
        return seen.consumers().credentials(consumer).stream()
                .filter(one ->
                        Holders.credentialName(consumer, one.id(), one.kind()).equals(name))
                .findFirst()
                .orElse(null);
    }
}
