package dev.secretproviders.provider.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.util.Context;
import dev.secretproviders.timing.Deadline;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Mono;

/**
 * Carries requests for tokens. Answers that mean "not now" never reach the library: it would refuse every further login by itself
 * for two minutes, however soon the fault ends. Each exchange is bounded as a whole: the library asks in threads that nobody
 * interrupts, and counts a time limit anew with each byte.
 *
 * <p>Thread-safe.
 */
final class LoginHttp implements HttpClient {
    private final HttpClient http;
    private final ExecutorService threads;
    private final Duration limit;

    /** @param limit for the whole of an answer */
    LoginHttp(HttpClient http, ExecutorService threads, Duration limit) {
        this.http = http;
        this.threads = threads;
        this.limit = limit;
    }

    /** Whoever hands out tokens cannot do so now. */
    static final class NotNowException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final int status;

        NotNowException(int status) {
            super("status " + status);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    @Override
    public Mono<HttpResponse> send(HttpRequest request) {
        return send(request, Context.NONE);
    }

    @Override
    public Mono<HttpResponse> send(HttpRequest request, Context context) {
        return Mono.fromCallable(() -> sendSync(request, context));
    }

    @Override
    public HttpResponse sendSync(HttpRequest request, Context context) {
        Future<HttpResponse> answer;
        try {
            answer = threads.submit(() -> whole(http.sendSync(request, context)));
        } catch (RejectedExecutionException e) {
            throw new UncheckedIOException(new IOException("the provider is closed"));
        }
        try {
            return Deadline.await(answer, limit);
        } catch (TimeoutException e) {
            throw new UncheckedIOException(new HttpTimeoutException("no whole answer in time"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new InterruptedIOException("interrupted"));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failed) {
                throw failed;
            }
            throw new IllegalStateException("a request for a token failed", e.getCause());
        }
    }

    private static HttpResponse whole(HttpResponse response) {
        int status = response.getStatusCode();
        if (status == 408 || status == 429 || status >= 500) {
            response.close();
            throw new NotNowException(status);
        }
        HttpResponse buffered = response.buffer();
        // Buffered when it is first read, and that is here.
        buffered.getBodyAsBinaryData();
        return buffered;
    }
}
