package dev.secretproviders.app.cli.call;

import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.spi.Secret;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A runner's Admin API over HTTP, with a token. */
final class HttpConnection implements AdminConnection {
    private static final Duration TO_CONNECT = Duration.ofSeconds(10);
    /** For a whole answer. A write of a provider waits until its manager answered, or did not. */
    static final Duration TO_ANSWER = Duration.ofMinutes(2);

    private static final int LONGEST_ANSWER = 64 << 20;

    private final HttpClient http;
    private final URI base;
    private final Secret key;
    private final Duration toAnswer;

    /**
     * Creates a connection; nothing is called yet.
     *
     * @param base the address without {@code /admin}
     * @param key the text of the token; closed with the connection
     * @param tls whom to trust and which certificate to show, or null for the Java runtime's own
     * @param toAnswer how long a whole answer may take
     */
    HttpConnection(URI base, Secret key, @Nullable SSLContext tls, Duration toAnswer) {
        this.base = base;
        this.key = key;
        this.toAnswer = toAnswer;
        HttpClient.Builder builder =
                HttpClient.newBuilder().connectTimeout(TO_CONNECT).followRedirects(HttpClient.Redirect.NEVER);
        this.http = tls == null ? builder.build() : builder.sslContext(tls).build();
    }

    @Override
    public Reply call(String method, String path, @Nullable JsonNode body, @Nullable Condition condition)
            throws CannotStartException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(toAnswer)
                .header("X-API-KEY", key.reveal())
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString()));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (condition != null) {
            request.header(condition.header(), condition.value());
        }
        HttpResponse<byte[]> response = answer(request.build());
        return Reply.read(
                response.statusCode(),
                response.body(),
                response.headers().firstValue("ETag").orElse(null),
                place());
    }

    /** Waits for a whole answer. The client's own limit of time ends with the head of the answer. */
    private HttpResponse<byte[]> answer(HttpRequest request) throws CannotStartException {
        CompletableFuture<HttpResponse<byte[]>> answer =
                http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LONGEST_ANSWER));
        try {
            return answer.get(toAnswer.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new CannotStartException(
                    "the Admin API at " + base + " did not answer within " + toAnswer.toSeconds() + " s", e);
        } catch (ExecutionException failed) {
            Throwable e = failed.getCause() == null ? failed : failed.getCause();
            boolean tls = Causes.find(e, SSLException.class) != null;
            throw new CannotStartException(
                    "the Admin API at " + base + " cannot be called: " + Causes.words(e)
                            + (tls
                                    ? ". Name the authority of its certificate with --ca-file, and if it asks for one,"
                                            + " your own with --cert-file and --key-file"
                                    : ""),
                    e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new CannotStartException("interrupted", e);
        }
    }

    @Override
    public String place() {
        return base.toString();
    }

    @Override
    public void close() {
        http.shutdownNow();
        key.close();
    }
}
