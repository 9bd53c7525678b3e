package dev.secretproviders.example.etcd;

import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Calls version 3 of etcd's API through its JSON gateway. Messages of exceptions contain neither requests nor answers.
 *
 * <p>Thread-safe. Each request ends within the time limit and is interruptible.
 *
 * @see <a href="https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/">the gateway</a>
 */
final class EtcdClient implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final long MAX_ANSWER_BYTES = 4 << 20;
    /** gRPC's code for an invalid argument. etcd also uses it for a request without a user and for a wrong password. */
    private static final int INVALID_ARGUMENT = 3;
    /** gRPC's code for a revision that was compacted or does not exist yet. */
    private static final int OUT_OF_RANGE = 11;

    private final URI endpoint;
    private final @Nullable Login login;
    private final Duration timeout;
    private final HttpClient http;
    private volatile @Nullable Secret token;

    /** The user and password of the provider. The password is read again for each login. */
    record Login(String username, CredentialSource password) {}

    /**
     * The value of a key.
     *
     * @param revision the revision that wrote it
     * @param value the receiver closes it
     */
    record Entry(long revision, Secret value) {}

    private record Reply(int status, JsonNode body) {}

    EtcdClient(URI endpoint, @Nullable Login login, Duration timeout) {
        this.endpoint = endpoint;
        this.login = login;
        this.timeout = timeout;
        // Redirects are not followed, since they would forward the token.
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .build();
    }

    /**
     * Returns the value of a key, or null if the key does not exist.
     *
     * @param revision the revision to read at, or 0 for the current one
     */
    @Nullable
    Entry get(String key, long revision) throws ProviderException, InterruptedException {
        Map<String, ?> question = Map.of("key", base64(key), "revision", Long.toString(revision));
        Secret used = token();
        Reply reply = post("/v3/kv/range", question, used);
        if (reply.status() == 401) {
            // The token has expired, or etcd was restarted. Only a failed new login counts as a failure.
            token = null;
            reply = post("/v3/kv/range", question, token());
        }
        if (reply.status() != 200) {
            int code = reply.body().path("code").asInt(0);
            if (code == OUT_OF_RANGE) {
                return null;
            }
            throw refusal(reply.status(), code);
        }
        JsonNode entry = reply.body().path("kvs").path(0);
        if (entry.isMissingNode()) {
            return null;
        }
        try {
            return new Entry(
                    Long.parseLong(entry.path("mod_revision").asString("")),
                    // etcd leaves out an empty value.
                    Secret.owning(Base64.getDecoder().decode(entry.path("value").asString(""))));
        } catch (IllegalArgumentException e) {
            throw new ProviderException(Kind.INVALID_ANSWER, "the answer of " + endpoint + " has an unknown form");
        }
    }

    /** Cancels open requests. */
    @Override
    public void close() {
        http.shutdownNow();
        Secret last = token;
        if (last != null) {
            last.close();
        }
    }

    private @Nullable Secret token() throws ProviderException, InterruptedException {
        Secret known = token;
        if (login == null || known != null) {
            return known;
        }
        Reply reply;
        try (Secret password = login.password().read()) {
            reply = post(
                    "/v3/auth/authenticate", Map.of("name", login.username(), "password", password.reveal()), null);
        }
        if (reply.status() != 200) {
            throw refusal(reply.status(), reply.body().path("code").asInt(0));
        }
        Secret granted = Secret.ofUtf8(reply.body().path("token").asString(""));
        token = granted;
        return granted;
    }

    private ProviderException refusal(int status, int code) {
        Kind kind = switch (status) {
            case 401 -> Kind.AUTHENTICATION;
            case 403 -> Kind.PERMISSION;
            case 429 -> Kind.THROTTLED;
            case 404, 405 -> Kind.CONFIGURATION;
            default ->
                code == INVALID_ARGUMENT ? Kind.AUTHENTICATION : status >= 500 ? Kind.UNAVAILABLE : Kind.INVALID_ANSWER;
        };
        return new ProviderException(kind, endpoint + " answered " + status + ", code " + code);
    }

    private Reply post(String path, Map<String, ?> body, @Nullable Secret authorization)
            throws ProviderException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(endpoint + path))
                .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)));
        if (authorization != null) {
            request.header("Authorization", authorization.reveal());
        }
        CompletableFuture<HttpResponse<byte[]>> exchange =
                http.sendAsync(request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_ANSWER_BYTES));
        try {
            // The request's own time limit ends with the answer's first byte.
            HttpResponse<byte[]> response = exchange.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            return new Reply(response.statusCode(), JSON.readTree(response.body()));
        } catch (TimeoutException e) {
            throw new ProviderException(
                    Kind.TIMEOUT, endpoint + " did not answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof HttpTimeoutException) {
                throw new ProviderException(Kind.TIMEOUT, endpoint + " did not answer in time");
            }
            String reason = cause instanceof IOException ? cause.getClass().getSimpleName() : "failure";
            throw new ProviderException(Kind.UNAVAILABLE, "cannot reach " + endpoint + " (" + reason + ")");
        } catch (JacksonException e) {
            // Neither message nor cause: both quote the answer.
            throw new ProviderException(Kind.INVALID_ANSWER, endpoint + " answered with something that is not JSON");
        } finally {
            exchange.cancel(true);
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
