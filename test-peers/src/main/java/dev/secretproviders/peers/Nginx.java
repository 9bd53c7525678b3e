package dev.secretproviders.peers;

import dev.secretproviders.peers.ServerSpec.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A running nginx with its Lua module that stands in for APISIX around the companion's plugins; see {@code
 * apisix-plugin/spec/stand-in/nginx.conf}. Ready when {@link #start} returns. Consumers and routes are lost at a
 * restart. Not safe for use by several threads at once.
 */
public final class Nginx implements AutoCloseable {
    private static final String NAME = "nginx";

    private static final int CONNECTIONS_TRIED = 1_000;

    private final Peer peer;
    private final PeerHttp http;
    private final int workers;

    private Nginx(Path plugin, Path socket, int workers, String shared) {
        this.workers = workers;
        this.peer = Peer.launch(
                new ServerSpec(NAME, NAME, null, Map.of(), place -> arguments(place, plugin, socket, workers, shared)));
        this.http = new PeerHttp(URI.create("http://127.0.0.1:" + peer.port()));
    }

    /**
     * Starts a server.
     *
     * @param plugin the directory {@code apisix-plugin}
     * @param socket the runner's socket, which need not exist yet
     */
    public static Nginx start(Path plugin, Path socket, int workers) {
        return start(plugin, socket, workers, "");
    }

    /** Starts a server whose workers share what they know; see {@link #start}. */
    public static Nginx startSharing(Path plugin, Path socket, int workers) {
        return start(plugin, socket, workers, "lua_shared_dict secret-providers 64m;");
    }

    private static Nginx start(Path plugin, Path socket, int workers, String shared) {
        Nginx nginx = new Nginx(plugin, socket, workers, shared);
        nginx.peer.awaitReady(() -> nginx.http.answers("/", Map.of(), 404));
        return nginx;
    }

    private static List<String> arguments(Place place, Path plugin, Path socket, int workers, String shared) {
        try {
            String user = "root".equals(System.getProperty("user.name")) ? "user root;" : "";
            String conf = Files.readString(plugin.resolve("spec/stand-in/nginx.conf"))
                    .replace("@PLUGIN@", plugin.toString())
                    .replace("@SOCKET@", socket.toString())
                    .replace("@PORT@", Integer.toString(place.port()))
                    .replace("@WORKERS@", Integer.toString(workers))
                    .replace("@USER@", user)
                    .replace("@SHARED@", shared);
            Files.writeString(place.directory().resolve("nginx.conf"), conf);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return List.of("-p", place.directory().toString(), "-c", "nginx.conf");
    }

    /** Returns its address. */
    public URI uri() {
        return http.base();
    }

    /** Replaces the consumers; for the format see {@code apisix-plugin/spec/stand-in/apisix/consumer.lua}. */
    public void consumers(String json) {
        put("/control/consumers", json);
    }

    /** Creates or changes the route {@code /routes/NAME}; {@code conf} is the configuration of secret-key-auth. */
    public void route(String name, String conf) {
        route(name, "secret-key-auth", conf);
    }

    /** Creates or changes the route {@code /routes/NAME} with the configuration of a plugin. */
    public void route(String name, String plugin, String conf) {
        put("/control/routes/" + name + "?plugin=" + plugin, conf);
    }

    /** Stops the clock by which the plugins compare dates. */
    public void stopClock(Instant at) {
        put("/control/clock", Long.toString(at.getEpochSecond()));
    }

    /**
     * Gives {@code config.yaml} other attributes of plugins and reloads the plugins. A reload reaches one worker, so this is for
     * a server with one.
     *
     * @param json {@code plugin_attr} as JSON
     */
    public void reloadPlugins(String json) {
        put("/control/attributes", json);
        put("/control/reload", "");
    }

    /** Returns how many bytes the Lua of one worker holds after a full garbage collection. */
    public long luaBytes() {
        return Math.round(
                Double.parseDouble(control("GET", "/control/memory", null).strip()));
    }

    private void put(String path, String body) {
        var _ = control("PUT", path, body);
    }

    private String control(String method, String path, @Nullable String body) {
        HttpReply answer = http.request(method, path, Map.of(), body);
        if (!answer.succeeded()) {
            throw new PeerFailedException("nginx: %s: status %d".formatted(path, answer.status()));
        }
        return answer.text();
    }

    /** Returns a new connection, to any of the workers. */
    public NginxConnection connect() throws IOException {
        return NginxConnection.open(uri());
    }

    /**
     * Returns a connection to each worker. The kernel selects the worker of a connection, so this connects until each
     * has one.
     *
     * @param target a path that a route answers
     * @throws PeerFailedException if a worker accepted none of many connections
     */
    public List<NginxConnection> connectToEach(String target) throws IOException {
        Map<Integer, NginxConnection> found = new TreeMap<>();
        for (int i = 0; i < CONNECTIONS_TRIED && found.size() < workers; i++) {
            NginxConnection connection = connect();
            if (found.putIfAbsent(connection.get(target, List.of()).worker(), connection) != null) {
                connection.close();
            }
        }
        if (found.size() < workers) {
            throw new PeerFailedException("nginx: only %d of %d workers answer".formatted(found.size(), workers));
        }
        return List.copyOf(found.values());
    }

    /** Makes it replace its workers, like a reload of APISIX. */
    public void reload() {
        try {
            String pid = Long.toString(master());
            int status = new ProcessBuilder("kill", "-HUP", pid)
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.DISCARD)
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new PeerFailedException("kill -HUP %s: exit status %d".formatted(pid, status));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PeerFailedException("Interrupted", e);
        }
    }

    /** Returns the process ids of its workers, including those that are about to end. */
    public List<Long> workers() {
        return ProcessHandle.of(master()).stream()
                .flatMap(ProcessHandle::children)
                .filter(ProcessHandle::isAlive)
                .map(ProcessHandle::pid)
                .toList();
    }

    /** Returns the process id of its master. */
    public long master() {
        try {
            return Long.parseLong(
                    Files.readString(peer.directory().resolve("nginx.pid")).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns its error log. */
    public String log() {
        return peer.log();
    }

    /** Ends it and deletes its files. */
    @Override
    public void close() {
        http.close();
        peer.stop();
        peer.close();
    }
}
