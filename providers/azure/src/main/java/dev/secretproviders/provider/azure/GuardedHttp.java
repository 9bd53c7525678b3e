package dev.secretproviders.provider.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.util.Context;
import dev.secretproviders.limits.Outbound;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import reactor.core.publisher.Mono;

/** Checks where each request goes. Thread-safe. */
record GuardedHttp(HttpClient http, Outbound outbound) implements HttpClient {
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
        return outbound.guarding(() -> {
            try {
                outbound.check(URI.create(request.getUrl().toString()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return http.sendSync(request, context);
        });
    }
}
