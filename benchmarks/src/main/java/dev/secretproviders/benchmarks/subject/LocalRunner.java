package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.ServerProcess;
import dev.secretproviders.peers.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A runner that is told over its Admin API what to do. It is killed when closed. Not thread-safe. */
public final class LocalRunner implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ServerProcess process;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Path socket;
    private final URI admin;
    private final String token;

    private LocalRunner(ServerProcess process, Path socket, URI admin, String token) {
        this.process = process;
        this.socket = socket;
        this.admin = admin;
        this.token = token;
    }

    /**
     * Starts it and waits for its Admin API.
     *
     * @param consumers as a JSON list
     */
    public static LocalRunner start(Processors processors, Path directory, Path launcher, String consumers)
            throws IOException, InterruptedException {
        return start(processors, directory, launcher, consumers, "");
    }

    /**
     * Starts it with further settings and waits for its Admin API.
     *
     * @param settings in YAML
     */
    public static LocalRunner start(
            Processors processors, Path directory, Path launcher, String consumers, String settings)
            throws IOException, InterruptedException {
        Path known = Files.writeString(directory.resolve("apisix.json"), "{\"consumers\":" + consumers + "}");
        Path config = Files.writeString(
                directory.resolve("application.yaml"),
                "consumers: {source: file, file: {path: " + known + "}}\n" + settings);
        Path socket = directory.resolve("runner.sock");
        int port = FreePorts.next();
        ServerProcess process = Runner.launch(processors, launcher, config, socket, port, "");
        try {
            var _ = process.awaitSocket(socket);
            Path token = directory.resolve("secret-providers-data/admin-token");
            LocalRunner runner = new LocalRunner(
                    process, socket, URI.create("http://127.0.0.1:" + port), process.await(() -> token(token)));
            int _ = process.await(() -> runner.status("GET", "/admin/providers", ""));
            return runner;
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.close();
            throw e;
        }
    }

    private static String token(Path file) throws IOException {
        String text = Files.readString(file);
        if (text.isBlank()) {
            throw new IOException("the token is not written yet");
        }
        return text.strip();
    }

    /** Returns its socket. */
    public Path socket() {
        return socket;
    }

    /** Creates or changes an object. */
    public void put(String path, String json) {
        require("PUT", path, json);
    }

    /** Calls an action. */
    public void post(String path, String json) {
        require("POST", path, json);
    }

    private void require(String method, String path, String json) {
        try {
            int status = status(method, path, json);
            if (status / 100 != 2) {
                throw new IOException(method + " " + path + ": status " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private int status(String method, String path, String json) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(admin.resolve(path))
                .timeout(PATIENCE)
                .header("X-API-KEY", token)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(json))
                .build();
        HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
        return response.statusCode();
    }

    @Override
    public void close() {
        process.close();
        http.close();
    }
}
