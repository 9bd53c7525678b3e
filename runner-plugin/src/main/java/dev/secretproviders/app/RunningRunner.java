package dev.secretproviders.app;

import dev.secretproviders.crypto.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command reaches the runner that has the store open: options of the command line, and the calls. */
final class RunningRunner {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int OK = 200;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description =
                    "where a running runner's Admin API answers; default: server.port of the configuration, on this"
                            + " machine")
    @Nullable
    URI url;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "a file with a token for it; default: the variable SECRET_PROVIDERS_TOKEN, then the first admin"
                            + " token in the data directory")
    @Nullable
    Path tokenFile;

    /**
     * Calls the Admin API and copies its answer.
     *
     * @throws CannotStartException if that is not possible, or is refused; the message says why
     */
    void call(Configuration configuration, String method, String path, OutputStream out)
            throws CannotStartException, InterruptedException {
        URI base = url == null
                ? URI.create((configuration.server().tls() ? "https" : "http") + "://127.0.0.1:"
                        + configuration.server().port())
                : Objects.requireNonNull(url);
        try (Secret token = token(configuration);
                HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(base.resolve(path))
                    .timeout(PATIENCE)
                    .header("X-API-KEY", token.reveal())
                    .method(method, BodyPublishers.noBody())
                    .build();
            HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (response.statusCode() != OK) {
                    throw new CannotStartException(
                            "the runner at " + base + " refused: " + response.statusCode() + " "
                                    + new String(body.readAllBytes(), StandardCharsets.UTF_8),
                            null);
                }
                body.transferTo(out);
            }
        } catch (IOException e) {
            throw new CannotStartException(
                    "a runner has the store open, but its Admin API does not answer at " + base + " (" + e.getMessage()
                            + "); name it with --url",
                    e);
        }
    }

    private Secret token(Configuration configuration) throws CannotStartException {
        String variable = System.getenv("SECRET_PROVIDERS_TOKEN");
        if (tokenFile == null && variable != null && !variable.isBlank()) {
            return Secret.ofUtf8(variable.strip());
        }
        Path file = tokenFile == null ? configuration.control().firstToken() : Objects.requireNonNull(tokenFile);
        try {
            return Secret.ofUtf8(Files.readString(file).strip());
        } catch (IOException e) {
            throw new CannotStartException(
                    "a runner has the store open, and there is no token to call it with: " + file
                            + " cannot be read. Use --token-file or the variable SECRET_PROVIDERS_TOKEN",
                    e);
        }
    }
}
