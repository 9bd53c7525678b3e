package dev.secretproviders.provider.vault;

import dev.secretproviders.limits.Outbound;
import dev.secretproviders.provider.shared.RetryAfter;
import dev.secretproviders.timing.Deadline;
import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP client under the Vault driver. By itself the driver makes a new client for each call, counts time limits in whole
 * seconds and only until the first byte of an answer, reads answers of any length, and sends {@code ?} for what is not ASCII
 * in a path. Here each exchange is bounded as a whole, in time and size, on kept connections.
 */
final class DeadlineHttpClient extends HttpClient {
    private static final long MAX_ANSWER_BYTES = 4 << 20;
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Outbound outbound;
    private final HttpClient client;
    private final Duration limit;
    private final AtomicLong sent = new AtomicLong();

    /** @param server what it connects to */
    DeadlineHttpClient(URI server, @Nullable SSLContext tls, Outbound outbound, Duration limit) {
        this.outbound = outbound;
        this.limit = limit;
        // Redirects are not followed: the token would go along to wherever they lead. No connectTimeout beside the
        // exchange's limit: for it the client keeps a connection's first answer in the heap until that is closed.
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(Version.HTTP_1_1)
                .followRedirects(Redirect.NEVER)
                .executor(outbound.guarding(threads, server));
        if (tls != null) {
            builder.sslContext(tls);
        }
        client = builder.build();
    }

    /** Returns how many requests were sent. */
    long sent() {
        return sent.get();
    }

    /** @throws RetryLaterException if the answer says when to come back */
    @Override
    public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        checkDestination(request.uri());
        CompletableFuture<HttpResponse<T>> exchange = sendAsync(request, handler);
        try {
            HttpResponse<T> response = Deadline.await(exchange, Duration.ofNanos(end - System.nanoTime()));
            int status = response.statusCode();
            Duration pause = status == 429 || status == 503
                    ? RetryAfter.parse(
                            response.headers().firstValue("Retry-After").orElse(null), Instant.now())
                    : null;
            if (pause != null) {
                throw new RetryLaterException(status, pause);
            }
            return response;
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no complete answer in time");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IOException(e.getCause());
        }
    }

    /** In a thread of its own: a lookup cannot be interrupted. */
    private void checkDestination(URI target) throws IOException, InterruptedException {
        Future<?> checked = threads.submit(() -> {
            outbound.check(target);
            return null;
        });
        try {
            var _ = Deadline.await(checked, limit);
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("the host's name was not found in time");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException refused) {
                throw refused;
            }
            throw new IOException(e.getCause());
        }
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, BodyHandler<T> handler) {
        sent.incrementAndGet();
        return outbound.guarding(
                request.uri(),
                () -> client.sendAsync(inAscii(request), BodyHandlers.limiting(handler, MAX_ANSWER_BYTES)));
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, BodyHandler<T> handler, @Nullable PushPromiseHandler<T> pushes) {
        return sendAsync(request, handler);
    }

    @Override
    public Optional<CookieHandler> cookieHandler() {
        return client.cookieHandler();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return client.connectTimeout();
    }

    @Override
    public Redirect followRedirects() {
        return client.followRedirects();
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return client.proxy();
    }

    @Override
    public SSLContext sslContext() {
        return client.sslContext();
    }

    @Override
    public SSLParameters sslParameters() {
        return client.sslParameters();
    }

    @Override
    public Optional<Authenticator> authenticator() {
        return client.authenticator();
    }

    @Override
    public Version version() {
        return client.version();
    }

    @Override
    public Optional<Executor> executor() {
        return client.executor();
    }

    /** Ends open exchanges instead of waiting for them. */
    @Override
    public void close() {
        client.shutdownNow();
        threads.shutdown();
    }

    private static HttpRequest inAscii(HttpRequest request) {
        StringBuilder ascii = new StringBuilder();
        for (byte b : request.uri().toString().getBytes(StandardCharsets.UTF_8)) {
            if (b >= 0) {
                ascii.append((char) b);
            } else {
                ascii.append('%').append(HEX.toHexDigits(b));
            }
        }
        return HttpRequest.newBuilder(request, (name, value) -> true)
                .uri(URI.create(ascii.toString()))
                .build();
    }
}
