package dev.secretproviders.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * A running Prometheus with an empty database. Ready when {@link #start} returns. Not safe for use by several threads at
 * once.
 */
public final class Prometheus implements AutoCloseable {
    private static final String NAME = "prometheus";

    private final Peer peer;
    private final PeerHttp http;

    private Prometheus(Peer peer) {
        this.peer = peer;
        this.http = new PeerHttp(URI.create("http://127.0.0.1:" + peer.port()));
    }

    /**
     * Starts it.
     *
     * @param configuration the content of its configuration file
     */
    public static Prometheus start(String configuration) {
        Prometheus prometheus = new Prometheus(Peer.launch(new ServerSpec(NAME, NAME, null, Map.of(), place -> {
            Path file = place.directory().resolve("prometheus.yml");
            try {
                Files.writeString(file, configuration);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return List.of(
                    "--config.file=" + file,
                    "--storage.tsdb.path=" + place.directory().resolve("data"),
                    "--web.listen-address=" + place.host() + ":" + place.port());
        })));
        prometheus.peer.awaitReady(() -> prometheus.http.answers("/-/ready", Map.of(), 200));
        return prometheus;
    }

    /** The result of a command. */
    public record Finished(int code, String out) {}

    /**
     * Runs promtool, which checks rules and tests them.
     *
     * @param directory the directory to run in
     */
    public static Finished promtool(Path directory, String... arguments) throws IOException, InterruptedException {
        Path binary = NativeServer.binaries().resolve("promtool");
        if (!Files.isExecutable(binary)) {
            throw new PeerUnavailableException(
                            "promtool is needed by this test and not there. Remedy: ./scripts/peers install " + NAME)
                    .orAbort();
        }
        List<String> command = new ArrayList<>(List.of(binary.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Finished(process.waitFor(), out);
    }

    /**
     * Returns the results of an expression now.
     *
     * @throws PeerFailedException if it refuses the expression; the message has its answer
     */
    public JsonNode query(String expression) {
        return get("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
                .path("result");
    }

    /** Returns the rules with their states. */
    public List<JsonNode> rules() {
        List<JsonNode> rules = new ArrayList<>();
        get("/api/v1/rules").path("groups").forEach(group -> group.path("rules").forEach(rules::add));
        return rules;
    }

    private JsonNode get(String path) {
        HttpReply reply = http.request("GET", path, Map.of(), null);
        if (!reply.succeeded()) {
            throw new PeerFailedException("prometheus: status %d: %s".formatted(reply.status(), reply.text()));
        }
        return reply.json().path("data");
    }

    /** Ends it and deletes its files. */
    @Override
    public void close() {
        http.close();
        peer.close();
    }
}
