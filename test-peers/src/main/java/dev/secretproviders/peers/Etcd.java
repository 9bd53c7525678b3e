package dev.secretproviders.peers;

import dev.secretproviders.peers.ServerSpec.Place;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A running etcd of one member. Its data is in files and survives {@link #stop()} and {@link #startAgain()}. Ready when
 * {@link #start()} returns. Keys and values are text in UTF-8. Not safe for use by several threads at once.
 */
public final class Etcd extends RunningPeer {
    private static final String NAME = "etcd";
    private static final String DATA = "data";
    private static final String IMAGE = "bitnamilegacy/etcd:3.6.4";

    private final Peer peer;
    private final PeerHttp http;
    private @Nullable Login login;

    private record Login(String user, String password) {}

    private Etcd(@Nullable Path tls) {
        int peerPort = FreePorts.next();
        this.peer = Peer.launch(
                new ServerSpec(NAME, "etcd", IMAGE, environment(), place -> arguments(place, peerPort, tls != null)),
                tls);
        this.http = new PeerHttp(URI.create((tls == null ? "http" : "https") + "://127.0.0.1:" + peer.port()));
    }

    /** Starts a server. */
    public static Etcd start() {
        Etcd etcd = new Etcd(null);
        etcd.peer.awaitReady(etcd::isReady);
        return etcd;
    }

    /**
     * Starts a server that speaks TLS only and rejects clients without a certificate. Only {@link #endpoint()}, start
     * and stop of this class work with it.
     *
     * @param directory the server's directory, with {@code server.pem}, {@code server.key} and, for clients'
     *     certificates, {@code ca.pem}
     */
    public static Etcd startWithTls(Path directory) {
        Etcd etcd = new Etcd(directory);
        etcd.peer.awaitReady(() -> etcd.peer.log().contains("ready to serve client requests"));
        return etcd;
    }

    /** Debian's etcd refuses to start on 64-bit ARM without this variable. */
    private static Map<String, String> environment() {
        return "aarch64".equals(System.getProperty("os.arch")) ? Map.of("ETCD_UNSUPPORTED_ARCH", "arm64") : Map.of();
    }

    private static List<String> arguments(Place place, int peerPort, boolean tls) {
        String peers = "http://127.0.0.1:" + peerPort;
        String scheme = tls ? "https" : "http";
        List<String> arguments = new ArrayList<>(List.of(
                "--name=test",
                "--data-dir=" + place.directory().resolve(DATA),
                "--listen-client-urls=%s://%s:%d".formatted(scheme, place.host(), place.port()),
                "--advertise-client-urls=%s://127.0.0.1:%d".formatted(scheme, place.port()),
                "--listen-peer-urls=" + peers,
                "--initial-advertise-peer-urls=" + peers,
                "--initial-cluster=test=" + peers));
        if (tls) {
            arguments.addAll(List.of(
                    "--cert-file=" + place.directory().resolve("server.pem"),
                    "--key-file=" + place.directory().resolve("server.key"),
                    "--trusted-ca-file=" + place.directory().resolve("ca.pem"),
                    "--client-cert-auth"));
        }
        return arguments;
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
        return http.answers("/health", Map.of(), 200);
    }

    /** Returns its address, e.g. {@code http://127.0.0.1:20123}. */
    public URI endpoint() {
        return http.base();
    }

    /** Writes a value and returns the revision. */
    public long put(String key, String value) {
        return revision(call("/v3/kv/put", Map.of("key", encoded(key), "value", encoded(value))));
    }

    /** Returns the value of a key, or null if there is none. */
    public @Nullable String get(String key) {
        JsonNode found = call("/v3/kv/range", Map.of("key", encoded(key))).path("kvs");
        return found.isEmpty() ? null : decoded(found.path(0).path("value").asString());
    }

    /** Deletes a key, if it exists, and returns the revision. */
    public long delete(String key) {
        return revision(call("/v3/kv/deleterange", Map.of("key", encoded(key))));
    }

    /** Deletes all keys that start with the prefix and returns the revision. */
    public long deletePrefix(String prefix) {
        byte[] end = prefix.getBytes(StandardCharsets.UTF_8);
        end[end.length - 1]++;
        return revision(call(
                "/v3/kv/deleterange",
                Map.of("key", encoded(prefix), "range_end", Base64.getEncoder().encodeToString(end))));
    }

    /** Returns how many times keys were read or counted since the start. */
    public long rangeRequests() {
        return http.request("GET", "/metrics", Map.of(), null)
                .text()
                .lines()
                .filter(line -> line.startsWith("grpc_server_handled_total") && line.contains("grpc_method=\"Range\""))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Starts it again without its data, as one that was restored from an empty backup. */
    public void startEmpty() {
        Peer.delete(peer.directory().resolve(DATA));
        startAgain();
    }

    /** Returns the newest revision. */
    public long revision() {
        return revision(call("/v3/kv/range", Map.of("key", encoded("?"))));
    }

    /** Forgets the history before a revision: a watch that asks for an older one is cancelled. */
    public void compact(long revision) {
        call("/v3/kv/compaction", Map.of("revision", Long.toString(revision), "physical", true));
    }

    /** Demands user and password from now on; the user must be {@code root} and may do everything. */
    public void enableAuth(String password) {
        call("/v3/auth/user/add", Map.of("name", "root", "password", password));
        call("/v3/auth/role/add", Map.of("name", "root"));
        call("/v3/auth/user/grant", Map.of("user", "root", "role", "root"));
        call("/v3/auth/enable", Map.of());
        login = new Login("root", password);
    }

    /** Returns the concatenation of all keys below a prefix and their values, bytes as ISO 8859-1. */
    public String dump(String prefix) {
        JsonNode answer = call(
                "/v3/kv/range",
                Map.of(
                        "key",
                        encoded(prefix),
                        "range_end",
                        encoded(prefix.substring(0, prefix.length() - 1)
                                + (char) (prefix.charAt(prefix.length() - 1) + 1))));
        StringBuilder all = new StringBuilder();
        for (JsonNode pair : answer.path("kvs")) {
            all.append(decoded(pair.path("key").asString())).append('=');
            all.append(new String(
                            Base64.getDecoder().decode(pair.path("value").asString("")), StandardCharsets.ISO_8859_1))
                    .append('\n');
        }
        return all.toString();
    }

    /** Adds a user who may only read keys below a prefix. */
    public void addReader(String user, String password, String prefix) {
        call("/v3/auth/user/add", Map.of("name", user, "password", password));
        call("/v3/auth/role/add", Map.of("name", user));
        String end = prefix.substring(0, prefix.length() - 1) + (char) (prefix.charAt(prefix.length() - 1) + 1);
        call(
                "/v3/auth/role/grant",
                Map.of(
                        "name",
                        user,
                        "perm",
                        Map.of("permType", "READ", "key", encoded(prefix), "range_end", encoded(end))));
        call("/v3/auth/user/grant", Map.of("user", user, "role", user));
    }

    private JsonNode call(String path, Map<String, ?> input) {
        Map<String, String> headers = new HashMap<>();
        Login as = login;
        if (as != null) {
            HttpReply token = http.request(
                    "POST",
                    "/v3/auth/authenticate",
                    Map.of(),
                    PeerHttp.json(Map.of("name", as.user(), "password", as.password())));
            headers.put("Authorization", token.json().path("token").asString());
        }
        HttpReply answer = http.request("POST", path, headers, PeerHttp.json(input));
        if (!answer.succeeded()) {
            throw new PeerFailedException("etcd: %s: status %d: %s".formatted(path, answer.status(), answer.text()));
        }
        return answer.json();
    }

    private static long revision(JsonNode answer) {
        return Long.parseLong(answer.path("header").path("revision").asString());
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String decoded(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    /** Ends it with SIGKILL; {@link #startAgain()} then finds what was on the disk. */
    public void kill() {
        peer.kill();
    }
}
