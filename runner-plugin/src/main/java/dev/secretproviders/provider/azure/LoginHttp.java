package dev.secretproviders.provider.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.util.Context;
import reactor.core.publisher.Mono;

/**
 * Carries requests for tokens. Answers that mean "not now" never reach the library: it would refuse every further login by itself
 * for two minutes, however soon the fault ends.
 *
 * <p>Thread-safe.
 */
final class LoginHttp implements HttpClient {
    private final HttpClient http;

    LoginHttp(HttpClient http) {
        this.http = http;
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
        return http.send(request).map(LoginHttp::checked);
    }

    @Override
    public Mono<HttpResponse> send(HttpRequest request, Context context) {
        return http.send(request, context).map(LoginHttp::checked);
    }

    @Override
    public HttpResponse sendSync(HttpRequest request, Context context) {
        return checked(http.sendSync(request, context));
    }

    private static HttpResponse checked(HttpResponse response) {
        int status = response.getStatusCode();
        if (status == 408 || status == 429 || status >= 500) {
            response.close();
            throw new NotNowException(status);
        }
        return response;
    }
}
