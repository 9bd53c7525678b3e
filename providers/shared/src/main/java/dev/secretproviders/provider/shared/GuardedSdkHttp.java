package dev.secretproviders.provider.shared;

import dev.secretproviders.limits.Outbound;
import java.io.IOException;
import java.time.Duration;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.ProxyConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.utils.AttributeMap;

/** The HTTP client of AWS's SDK, whose connections are checked. It follows no redirects. Thread-safe. */
public final class GuardedSdkHttp implements SdkHttpClient {
    private final SdkHttpClient http;
    private final Outbound outbound;

    private GuardedSdkHttp(SdkHttpClient http, Outbound outbound) {
        this.http = http;
        this.outbound = outbound;
    }

    /** Returns what makes clients whose connections are checked, and may be silent for {@code timeout}. */
    public static Builder builder(Outbound outbound, Duration timeout) {
        return new Builder(outbound, timeout);
    }

    /** Makes clients. */
    public static final class Builder implements SdkHttpClient.Builder<Builder> {
        private final Outbound outbound;
        private final Duration timeout;

        private Builder(Outbound outbound, Duration timeout) {
            this.outbound = outbound;
            this.timeout = timeout;
        }

        @Override
        public SdkHttpClient buildWithDefaults(AttributeMap defaults) {
            SdkHttpClient http = UrlConnectionHttpClient.builder()
                    .connectionTimeout(timeout)
                    .socketTimeout(timeout)
                    // Those of the Java runtime are used without it, and are checked; the environment's are not used.
                    .proxyConfiguration(ProxyConfiguration.builder()
                            .useSystemPropertyValues(false)
                            .useEnvironmentVariablesValues(false)
                            .build())
                    .buildWithDefaults(defaults);
            return new GuardedSdkHttp(http, outbound);
        }
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        ExecutableHttpRequest prepared = http.prepareRequest(request);
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                return outbound.guarding(() -> {
                    outbound.check(request.httpRequest().getUri());
                    return prepared.call();
                });
            }

            @Override
            public void abort() {
                prepared.abort();
            }
        };
    }

    @Override
    public void close() {
        http.close();
    }

    @Override
    public String clientName() {
        return http.clientName();
    }
}
