package dev.secretproviders.admin.graph;

import dev.secretproviders.admin.reference.ReferenceStates.ReferenceState;
import dev.secretproviders.consumer.Consumer;
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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one caller sees of the graph at one moment: manager, provider, secret, credential, consumer, route, and the other objects of
 * the gateway that refer to a secret. Every consumer with a credential reaches every route that the runner guards; these edges are
 * made only when they are asked for, since there may be millions.
 *
 * <p>Not thread-safe.
 */
final class Graph {
    /** The kinds of the objects that can guard a route. */
    static final List<ResourceType> GUARDS =
            List.of(ResourceType.ROUTE, ResourceType.PLUGIN_CONFIG, ResourceType.SERVICE, ResourceType.GLOBAL_RULE);

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

    private final Map<String, Node> nodes = new HashMap<>();
    private final Map<String, List<Edge>> after = new HashMap<>();
    private final Map<String, List<Edge>> before = new HashMap<>();
    private final Map<String, Node> managers = new TreeMap<>();
    /** By reference, the secret that it stands for. */
    private final Map<String, String> secrets = new HashMap<>();
    /** Consumers with a credential, by name. */
    private final Map<String, String> clients = new TreeMap<>();

    private final Map<String, GuardedRoute> routes = new LinkedHashMap<>();

    /** Adds a provider and its manager. */
    void add(ProviderId id, String state) {
        Node manager = new Node(NodeType.MANAGER.id(id.manager()), NodeType.MANAGER, id.manager(), null);
        managers.put(manager.id(), manager);
        nodes.put(manager.id(), manager);
        Node provider = node(NodeType.PROVIDER, id.toString(), id.toString(), state);
        connect(new Edge(manager.id(), provider.id(), null));
    }

    /**
     * Adds a consumer with its credentials.
     *
     * @param seen its credentials that the caller sees
     */
    void add(Consumer consumer, Collection<Credential> seen) {
        Node node = node(NodeType.CONSUMER, consumer.username(), consumer.username(), null);
        for (Credential credential : seen) {
            String id = credentialId(consumer.username(), credential.id(), credential.kind());
            String state = credential.references().isEmpty() ? "literal" : null;
            String name = credential.id() == null ? credential.kind().label() : credential.id();
            Node key = node(NodeType.CREDENTIAL, id, name, state);
            connect(new Edge(key.id(), node.id(), null));
            clients.put(consumer.username(), node.id());
        }
    }

    /** Adds a route that the runner guards. */
    void add(GuardedRoute route) {
        Node node = node(NodeType.ROUTE, route.id(), route.name() == null ? route.id() : route.name(), null);
        routes.put(node.id(), route);
    }

    /**
     * Adds a reference. Its provider is there only if it was added before.
     *
     * @param path the name at the provider of the secret that it stands for
     */
    void add(ReferenceState item, String path) {
        Usage usage = item.usage();
        SecretReference reference = usage.reference();
        if (reference == null) {
            return;
        }
        Node secret = secret(reference.provider(), path, item);
        String holder = holder(usage);
        Node known = nodes.get(holder);
        boolean resolved = CredentialKind.ofPath(usage.field()) != null
                || usage.type() == ResourceType.CERTIFICATE
                || GatewayInjection.uses(usage);
        String state = resolved ? item.state() : null;
        if (known == null) {
            NodeType type = NodeType.of(usage.type());
            nodes.put(holder, new Node(holder, type, usage.name() == null ? usage.id() : usage.name(), state));
        } else if (state != null && worse(state, known.state())) {
            nodes.put(holder, new Node(holder, known.type(), known.name(), state));
        }
        connect(new Edge(secret.id(), holder, usage.text()));
    }

    private Node secret(ProviderId provider, String path, ReferenceState item) {
        String id = NodeType.SECRET.id(provider + "/" + path);
        secrets.put(item.usage().text(), id);
        Node known = nodes.get(id);
        if (known == null) {
            String owner = NodeType.PROVIDER.id(provider.toString());
            if (nodes.containsKey(owner)) {
                connect(new Edge(owner, id, null));
            }
        }
        if (known == null || worse(item.state(), known.state())) {
            known = new Node(id, NodeType.SECRET, path, item.state());
            nodes.put(id, known);
        }
        return known;
    }

    /** Several references to a secret may be in several states. The node shows the one that needs attention most. */
    private static boolean worse(String state, @Nullable String known) {
        return known == null || SEVERITY.indexOf(state) > SEVERITY.indexOf(known);
    }

    private static String holder(Usage usage) {
        CredentialKind kind = CredentialKind.ofPath(usage.field());
        return switch (usage.type()) {
            case CONSUMER ->
                kind == null
                        ? NodeType.CONSUMER.id(usage.id())
                        : NodeType.CREDENTIAL.id(credentialId(usage.id(), null, kind));
            case CONSUMER_CREDENTIAL ->
                NodeType.CREDENTIAL.id(credentialId(
                        String.valueOf(usage.parent()), usage.id(), kind == null ? CredentialKind.KEY_AUTH : kind));
            case CONSUMER_GROUP, ROUTE, SERVICE, PLUGIN_CONFIG, GLOBAL_RULE, SSL, PROVIDER, CERTIFICATE ->
                NodeType.of(usage.type()).id(usage.id());
        };
    }

    /** Returns the name of a credential. A consumer may hold one of each kind, and a key has the consumer's name. */
    private static String credentialId(String consumer, @Nullable String credential, CredentialKind kind) {
        if (credential != null) {
            return consumer + "/" + credential;
        }
        return kind == CredentialKind.KEY_AUTH ? consumer : consumer + "/(" + kind.label() + ")";
    }

    private Node node(NodeType type, String name, String shown, @Nullable String state) {
        Node node = new Node(type.id(name), type, shown, state);
        nodes.put(node.id(), node);
        return node;
    }

    private void connect(Edge edge) {
        after.computeIfAbsent(edge.from(), absent -> new ArrayList<>(1)).add(edge);
        before.computeIfAbsent(edge.to(), absent -> new ArrayList<>(1)).add(edge);
    }

    /** Returns all managers. */
    Collection<Node> managers() {
        return managers.values();
    }

    /** Returns a node by its id, or by {@code reference/} and a reference in use; null if the caller sees none. */
    @Nullable
    Node find(String id) {
        String beginning = "reference/";
        String meant = id.startsWith(beginning) ? secrets.get(id.substring(beginning.length())) : id;
        return meant == null ? null : nodes.get(meant);
    }

    /** Returns a node that is there. */
    Node node(String id) {
        Node node = nodes.get(id);
        if (node == null) {
            throw new IllegalArgumentException(id);
        }
        return node;
    }

    /** Returns the edges that begin at a node. */
    List<Edge> after(Node node) {
        List<Edge> known = after.getOrDefault(node.id(), List.of());
        if (node.type() != NodeType.CONSUMER || !clients.containsKey(node.name())) {
            return known;
        }
        List<Edge> all = new ArrayList<>(known);
        routes.keySet().forEach(route -> all.add(new Edge(node.id(), route, null)));
        return all;
    }

    /** Returns the edges that end at a node. */
    List<Edge> before(Node node) {
        List<Edge> known = before.getOrDefault(node.id(), List.of());
        if (!routes.containsKey(node.id())) {
            return known;
        }
        List<Edge> all = new ArrayList<>(known);
        clients.values().forEach(client -> all.add(new Edge(client, node.id(), null)));
        return all;
    }

    /** Returns what guards a route, or null if the node is no such route. */
    @Nullable
    GuardedRoute guard(Node node) {
        return routes.get(node.id());
    }
}
