package dev.secretproviders.peers;

import dev.secretproviders.peers.ServerSpec.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * A running API server of Kubernetes, on an etcd of its own, behind TLS, with RBAC. No controller and no node is there:
 * objects are stored, and nothing runs. Its objects survive {@link #stop()} and {@link #startAgain()}. Ready when
 * {@link #start} returns. Not safe for use by several threads at once.
 *
 * <p>Its build takes minutes. Tests that use it have the tag {@code all}, and only {@code scripts/test --all} runs them.
 */
public final class KubeApiServer extends RunningPeer {
    private static final String NAME = "kube-apiserver";

    private final String adminToken = UUID.randomUUID().toString();
    private final List<String> options;
    private final @Nullable String clientAuthorities;
    private final Etcd etcd;
    private final Peer peer;
    private final PeerHttp http;

    private KubeApiServer(@Nullable String clientAuthorities, List<String> options) {
        this.clientAuthorities = clientAuthorities;
        this.options = options;
        this.etcd = Etcd.start();
        try {
            this.peer = Peer.launch(new ServerSpec(NAME, NAME, null, Map.of(), this::arguments));
            // Written after the certificate.
            peer.awaitReady(() -> Files.exists(peer.directory().resolve("apiserver.key")));
            this.http = new PeerHttp(URI.create("https://127.0.0.1:" + peer.port()), caFile());
            peer.awaitReady(this::isReady);
        } catch (RuntimeException e) {
            etcd.close();
            throw e;
        }
    }

    /**
     * Starts a server.
     *
     * @param options further options of its command line, e.g. {@code --watch-cache=false}
     */
    public static KubeApiServer start(String... options) {
        return new KubeApiServer(null, List.of(options));
    }

    /**
     * Starts a server that also accepts client certificates.
     *
     * @param authorities the certificates that must have signed them, as PEM
     */
    public static KubeApiServer startTrusting(String authorities) {
        return new KubeApiServer(authorities, List.of());
    }

    private List<String> arguments(Place place) {
        Path directory = place.directory();
        Path key = privateFile(directory.resolve("accounts.key"), newKey());
        Path tokens = privateFile(directory.resolve("tokens.csv"), adminToken + ",admin,admin,system:masters\n");
        List<String> arguments = new ArrayList<>(List.of(
                "--etcd-servers=" + etcd.endpoint(),
                "--bind-address=" + place.host(),
                "--secure-port=" + place.port(),
                "--advertise-address=127.0.0.1",
                "--endpoint-reconciler-type=none",
                "--cert-dir=" + directory,
                "--authorization-mode=RBAC",
                "--token-auth-file=" + tokens,
                "--service-cluster-ip-range=10.0.0.0/24",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file=" + key,
                "--service-account-signing-key-file=" + key,
                // Streams of the initial state need a newer etcd than some distributions have.
                "--feature-gates=WatchList=false",
                // Pods need no service account, which a controller would make.
                "--disable-admission-plugins=ServiceAccount"));
        if (clientAuthorities != null) {
            arguments.add("--client-ca-file=" + privateFile(directory.resolve("clients.pem"), clientAuthorities));
        }
        arguments.addAll(options);
        return arguments;
    }

    /** Writes a file that only its owner can read; one that exists stays as it is, since a restart keeps keys. */
    private static Path privateFile(Path file, String content) {
        try {
            if (!Files.exists(file)) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                Files.writeString(file, content);
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return "-----BEGIN PRIVATE KEY-----\n"
                    + Base64.getMimeEncoder()
                            .encodeToString(
                                    generator.generateKeyPair().getPrivate().getEncoded())
                    + "\n-----END PRIVATE KEY-----\n";
        } catch (GeneralSecurityException e) {
            throw new PeerFailedException("Cannot make a key for service accounts", e);
        }
    }

    @Override
    Peer peer() {
        return peer;
    }

    @Override
    PeerHttp http() {
        return http;
    }

    @Override
    boolean isReady() {
        return http.answers("/readyz", admin(), 200) && http.answers("/api/v1/namespaces/default", admin(), 200);
    }

    /** Returns its address, e.g. {@code https://127.0.0.1:20123}. */
    public URI uri() {
        return http.base();
    }

    /** Returns the PEM file with the server's certificate and that of the authority which signed it. */
    public Path caFile() {
        return peer.directory().resolve("apiserver.crt");
    }

    /** Returns a token that may do everything. */
    public String adminToken() {
        return adminToken;
    }

    /** Writes a kubeconfig file of someone who may do everything, and returns its path. */
    public Path kubeconfig() {
        return privateFile(peer.directory().resolve("kubeconfig"), """
            apiVersion: v1
            kind: Config
            current-context: peer
            contexts: [{name: peer, context: {cluster: peer, user: admin}}]
            clusters: [{name: peer, cluster: {server: "%s", certificate-authority: apiserver.crt}}]
            users: [{name: admin, user: {token: "%s"}}]
            """.formatted(uri(), adminToken));
    }

    /** Returns its storage, to change or compact it behind the server's back. */
    public Etcd etcd() {
        return etcd;
    }

    /**
     * Sends a request as someone who may do everything, and returns the answer, whatever its status.
     *
     * @param path e.g. {@code /api/v1/namespaces/shop/secrets/jack}
     */
    public HttpReply http(String method, String path, @Nullable String json) {
        Map<String, String> headers = new LinkedHashMap<>(admin());
        headers.put("Content-Type", "application/json");
        return http.request(method, path, headers, json);
    }

    /** Makes a namespace. */
    public void createNamespace(String name) {
        create("/api/v1/namespaces", Map.of("metadata", Map.of("name", name)));
    }

    /** Makes a service account, which has no rights. */
    public void createServiceAccount(String namespace, String name) {
        create("/api/v1/namespaces/" + namespace + "/serviceaccounts", Map.of("metadata", Map.of("name", name)));
    }

    /**
     * Makes an object.
     *
     * @param path the path of its kind, e.g. {@code /api/v1/namespaces}
     * @param object without {@code apiVersion} and {@code kind}, which the path tells
     * @throws PeerFailedException if it is refused
     */
    public JsonNode create(String path, Map<String, ?> object) {
        return ok(http("POST", path, PeerHttp.json(object)), "POST", path);
    }

    /**
     * Requests a token of a service account, as the kubelet does for a pod.
     *
     * @param seconds its life, 600 at least
     * @param audiences whom it is for; none stands for the API server
     */
    public String issueToken(String namespace, String account, int seconds, String... audiences) {
        Map<String, Object> spec = new LinkedHashMap<>(Map.of("expirationSeconds", seconds));
        if (audiences.length > 0) {
            spec.put("audiences", audiences);
        }
        return create(
                        "/api/v1/namespaces/" + namespace + "/serviceaccounts/" + account + "/token",
                        Map.of("spec", spec))
                .at("/status/token")
                .asString();
    }

    /** Writes a secret, replacing all of its keys, with values in UTF-8. */
    public void putSecret(String namespace, String name, Map<String, String> values) {
        Map<String, String> data = new LinkedHashMap<>();
        values.forEach((key, value) ->
                data.put(key, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))));
        Map<String, ?> secret = Map.of("metadata", Map.of("name", name), "data", data);
        String path = secrets(namespace) + "/" + name;
        HttpReply replaced = http("PUT", path, PeerHttp.json(secret));
        if (replaced.status() == 404) {
            create(secrets(namespace), secret);
        } else {
            ok(replaced, "PUT", path);
        }
    }

    /** Deletes an object. */
    public void delete(String path) {
        ok(http("DELETE", path, null), "DELETE", path);
    }

    /** Deletes a secret. */
    public void deleteSecret(String namespace, String name) {
        delete(secrets(namespace) + "/" + name);
    }

    private static String secrets(String namespace) {
        return "/api/v1/namespaces/" + namespace + "/secrets";
    }

    /**
     * Makes or changes an object, as {@code kubectl apply --server-side} does. Waits until the server knows the object's
     * kind, which it may have learnt a moment ago.
     *
     * @param object a whole object; without a namespace it goes into {@code default}
     * @return the object as it is stored
     * @throws PeerFailedException if it is refused
     */
    public JsonNode apply(JsonNode object) {
        String version = object.path("apiVersion").asString("");
        String kind = object.path("kind").asString("");
        String group = (version.contains("/") ? "/apis/" : "/api/") + version;
        AtomicReference<JsonNode> found = new AtomicReference<>(MissingNode.getInstance());
        peer.await("know " + version + " " + kind, () -> {
            found.set(resource(group, kind));
            return !found.get().isMissingNode();
        });
        JsonNode resource = found.get();
        String namespace = resource.path("namespaced").asBoolean()
                ? "/namespaces/" + object.at("/metadata/namespace").asString("default")
                : "";
        String path = group + namespace + "/" + resource.path("name").asString() + "/"
                + object.at("/metadata/name").asString("");
        Map<String, String> headers = new LinkedHashMap<>(admin());
        headers.put("Content-Type", "application/apply-patch+yaml");
        return ok(
                http.request("PATCH", path + "?fieldManager=test-peers&force=true", headers, PeerHttp.json(object)),
                "apply",
                path);
    }

    /** Returns what the server says about a kind; a missing node if it does not know it. */
    private JsonNode resource(String group, String kind) {
        HttpReply known = http("GET", group, null);
        if (known.succeeded()) {
            for (JsonNode resource : known.json().path("resources")) {
                // A name with a slash is a part of an object, such as its status.
                if (resource.path("kind").asString("").equals(kind)
                        && !resource.path("name").asString("").contains("/")) {
                    return resource;
                }
            }
        }
        return MissingNode.getInstance();
    }

    private static JsonNode ok(HttpReply answer, String what, String path) {
        if (!answer.succeeded()) {
            throw new PeerFailedException(
                    "%s: %s %s: status %d: %s".formatted(NAME, what, path, answer.status(), answer.text()));
        }
        return answer.json();
    }

    private Map<String, String> admin() {
        return Map.of("Authorization", "Bearer " + adminToken);
    }

    /** Ends it, its etcd as well, and deletes its files. */
    @Override
    public void close() {
        super.close();
        etcd.close();
    }
}
