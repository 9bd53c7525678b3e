package dev.secretproviders.peers;

import dev.secretproviders.peers.ServerSpec.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A running OpenBao, which speaks Vault's API. Ready when {@code start...} returns.
 *
 * <ul>
 *   <li>{@link #start()}: a development server, in memory, KV version 2 mounted at {@code secret}; empty after a restart
 *   <li>{@link #startTls()}: the same behind TLS with a certificate for 127.0.0.1 and localhost, see {@link #caFile()}
 *   <li>{@link #startPersistent()}: storage in files, nothing mounted; starts again unsealed and with its data
 * </ul>
 *
 * Not safe for use by several threads at once.
 */
public final class OpenBao extends RunningPeer {
    private static final String NAME = "openbao";
    private static final String IMAGE = "openbao/openbao:2.4.4";
    private static final Pattern UNSEAL_KEY = Pattern.compile("Unseal Key: (\\S+)\\s");

    private final Peer peer;
    private final PeerHttp http;
    private final Mode mode;
    private String rootToken;
    private String unsealKey = "";

    private enum Mode {
        DEVELOPMENT,
        DEVELOPMENT_TLS,
        PERSISTENT
    }

    private OpenBao(Mode mode, @Nullable Path directory) {
        this.mode = mode;
        this.rootToken = "root-" + UUID.randomUUID();
        this.peer = Peer.launch(new ServerSpec(NAME, "bao", IMAGE, Map.of(), this::arguments), directory);
        URI base = URI.create((mode == Mode.DEVELOPMENT_TLS ? "https" : "http") + "://127.0.0.1:" + peer.port());
        if (mode == Mode.DEVELOPMENT_TLS) {
            peer.awaitReady(this::isAuthorityWritten);
            this.http = new PeerHttp(base, caFile());
        } else {
            this.http = new PeerHttp(base);
        }
    }

    /** Starts a development server without TLS. */
    public static OpenBao start() {
        return ready(new OpenBao(Mode.DEVELOPMENT, null));
    }

    /** Starts a development server that speaks TLS only. */
    public static OpenBao startTls() {
        return ready(new OpenBao(Mode.DEVELOPMENT_TLS, null));
    }

    /** Starts a server that keeps its data in files until it is closed. */
    public static OpenBao startPersistent() {
        return ready(new OpenBao(Mode.PERSISTENT, null));
    }

    /**
     * Starts a server that keeps its data and its unseal keys in a directory. After it is closed, another server may be
     * started there.
     *
     * @param directory is created if it does not exist; the caller deletes it
     */
    public static OpenBao startPersistent(Path directory) {
        return ready(new OpenBao(Mode.PERSISTENT, directory));
    }

    private static OpenBao ready(OpenBao bao) {
        bao.peer.awaitReady(bao::isReady);
        try {
            if (bao.mode == Mode.PERSISTENT) {
                bao.initialize();
            } else {
                bao.readUnsealKey(0);
            }
            return bao;
        } catch (RuntimeException e) {
            bao.close();
            throw e;
        }
    }

    private List<String> arguments(Place place) {
        String address = place.host() + ":" + place.port();
        String token = "-dev-root-token-id=" + rootToken;
        String listen = "-dev-listen-address=" + address;
        return switch (mode) {
            case DEVELOPMENT -> List.of("server", "-dev", "-dev-no-store-token", token, listen);
            case DEVELOPMENT_TLS ->
                List.of(
                        "server",
                        "-dev-tls",
                        "-dev-tls-cert-dir=" + tlsDirectory(place.directory()),
                        "-dev-no-store-token",
                        token,
                        listen);
            case PERSISTENT -> List.of("server", "-config=" + writeConfiguration(place, address));
        };
    }

    /** Waits for the content of the file, which appears a moment after the file itself. */
    private boolean isAuthorityWritten() {
        try {
            return Files.exists(caFile()) && Files.readString(caFile()).contains("-----END CERTIFICATE-----");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path tlsDirectory(Path directory) {
        try {
            return Files.createDirectories(directory.resolve("tls"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path writeConfiguration(Place place, String address) {
        try {
            return Files.writeString(
                    place.directory().resolve("openbao.hcl"), """
                    storage "file" {
                      path = "%s/data"
                    }
                    listener "tcp" {
                      address     = "%s"
                      tls_disable = true
                    }
                    api_addr      = "http://127.0.0.1:%d"
                    disable_mlock = true
                    """.formatted(place.directory(), address, place.port()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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

    /** A development server listens before it has mounted {@code secret}; a persistent one only needs to answer. */
    @Override
    boolean isReady() {
        return switch (mode) {
            case DEVELOPMENT, DEVELOPMENT_TLS -> http.answers("/v1/secret/config", token(), 200);
            // 501: not initialized, 503: sealed.
            case PERSISTENT -> http.answers("/v1/sys/health", Map.of(), 200, 501, 503);
        };
    }

    private void initialize() {
        Path file = peer.directory().resolve("keys.json");
        try {
            if (!Files.exists(file)) {
                Map<String, ?> shares = Map.of("secret_shares", 1, "secret_threshold", 1);
                Files.writeString(file, PeerHttp.json(ok("PUT", "/v1/sys/init", shares)));
            }
            JsonNode keys = new HttpReply(200, Files.readString(file)).json();
            unsealKey = keys.path("keys_base64").path(0).asString();
            rootToken = keys.path("root_token").asString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        unseal();
    }

    /**
     * The development server prints its key, a new one at each start, a moment after it answers.
     *
     * @param from where in the log this start begins
     */
    private void readUnsealKey(int from) {
        peer.await("print its unseal key", () -> {
            Matcher line = UNSEAL_KEY.matcher(peer.log());
            boolean printed = line.find(from);
            if (printed) {
                unsealKey = line.group(1);
            }
            return printed;
        });
    }

    /** Returns its address, e.g. {@code http://127.0.0.1:20123}. */
    public URI uri() {
        return http.base();
    }

    /** Returns a token that may do everything; the same after a restart. */
    public String rootToken() {
        return rootToken;
    }

    /**
     * Returns the PEM file of the authority that signed the server's certificate.
     *
     * @throws IllegalStateException unless started with {@link #startTls()}
     */
    public Path caFile() {
        if (mode != Mode.DEVELOPMENT_TLS) {
            throw new IllegalStateException("This OpenBao has no TLS: start it with startTls()");
        }
        return peer.directory().resolve("tls").resolve("vault-ca.pem");
    }

    /**
     * Mounts a KV engine, unless the same engine is mounted there already, and waits until it is ready.
     *
     * @param version 1 or 2
     */
    public void enableKv(String mount, int version) {
        String wanted = Integer.toString(version);
        HttpReply present = http("GET", "/v1/sys/mounts/" + mount, null);
        if (!present.succeeded()
                || !present.json().at("/data/options/version").asString().equals(wanted)) {
            ok("POST", "/v1/sys/mounts/" + mount, Map.of("type", "kv", "options", Map.of("version", wanted)));
        }
        if (version == 2) {
            // A new mount answers 400 to everything while it is upgraded from version 1.
            peer.await("mount " + mount, () -> http.answers("/v1/" + mount + "/config", token(), 200));
        }
    }

    /**
     * Writes a secret.
     *
     * @param version of the engine, 1 or 2
     * @return the secret's new version; 0 with engine version 1, which has no versions
     */
    public int kvPut(String mount, int version, String path, Map<String, String> fields) {
        if (version == 1) {
            put(mount + "/" + path, fields);
            return 0;
        }
        return put(mount + "/data/" + path, Map.of("data", fields))
                .path("data")
                .path("version")
                .asInt();
    }

    /**
     * Deletes a secret; with engine version 2 its newest version, which can be undeleted.
     *
     * @param version of the engine, 1 or 2
     */
    public void kvDelete(String mount, int version, String path) {
        ok("DELETE", "/v1/" + mount + (version == 2 ? "/data/" : "/") + path, null);
    }

    /** Destroys versions of a secret of a version 2 engine permanently. */
    public void kvDestroy(String mount, String path, int... secretVersions) {
        put(mount + "/destroy/" + path, Map.of("versions", secretVersions));
    }

    /**
     * Writes to any path as root, e.g. {@code auth/approle/role/reader}.
     *
     * @return the body of the answer
     * @throws PeerFailedException if it is refused
     */
    public JsonNode put(String path, Map<String, ?> body) {
        return ok("PUT", "/v1/" + path, body);
    }

    /**
     * Sends a request as root and returns the answer, whatever its status.
     *
     * @param path with the leading {@code /v1/}
     */
    public HttpReply http(String method, String path, @Nullable String json) {
        return http.request(method, path, token(), json);
    }

    /** As above, with additional headers such as {@code X-Vault-Wrap-TTL}. */
    public HttpReply http(String method, String path, @Nullable String json, Map<String, String> headers) {
        Map<String, String> all = new HashMap<>(token());
        all.putAll(headers);
        return http.request(method, path, all, json);
    }

    private JsonNode ok(String method, String path, @Nullable Map<String, ?> body) {
        HttpReply answer = http(method, path, body == null ? null : PeerHttp.json(body));
        if (!answer.succeeded()) {
            throw new PeerFailedException(
                    "OpenBao: %s %s: status %d: %s".formatted(method, path, answer.status(), answer.text()));
        }
        return answer.json();
    }

    private Map<String, String> token() {
        return Map.of("X-Vault-Token", rootToken);
    }

    /** Seals it: it runs and answers 503 to everything. */
    public void seal() {
        ok("PUT", "/v1/sys/seal", null);
    }

    /** Unseals it, and returns when it serves again. */
    public void unseal() {
        ok("PUT", "/v1/sys/unseal", Map.of("key", unsealKey));
        peer.await("serve after unsealing", () -> http.answers("/v1/sys/health", Map.of(), 200));
    }

    /** Starts it again on the same port, unsealed. */
    @Override
    public void startAgain() {
        int logged = peer.log().length();
        super.startAgain();
        if (mode == Mode.PERSISTENT) {
            unseal();
        } else {
            readUnsealKey(logged);
        }
    }
}
