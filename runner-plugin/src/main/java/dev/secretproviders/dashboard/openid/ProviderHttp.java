package dev.secretproviders.dashboard.openid;

import dev.secretproviders.provider.shared.TlsSettings;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.time.Duration;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.converter.FormHttpMessageConverter;
import org.springframework.http.converter.StringHttpMessageConverter;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.security.oauth2.client.http.OAuth2ErrorResponseErrorHandler;
import org.springframework.security.oauth2.core.http.converter.OAuth2AccessTokenResponseHttpMessageConverter;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;

/**
 * HTTP to the provider: with its TLS trust and time limits, without redirects, and with answers of a bounded size.
 * Thread-safe.
 */
final class ProviderHttp implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final int LONGEST_ANSWER = 1 << 20;
    private static final ClientHttpRequestInterceptor BOUNDED =
            (request, body, execution) -> new BoundedAnswer(execution.execute(request, body));

    private final HttpClient client;
    private final JdkClientHttpRequestFactory requests;

    ProviderHttp(TlsSettings tls) {
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(Redirect.NEVER)
                .connectTimeout(CONNECT);
        if (tls.context() != null) {
            builder.sslContext(tls.context());
        }
        client = builder.build();
        requests = new JdkClientHttpRequestFactory(client);
        requests.setReadTimeout(ANSWER);
    }

    /** Returns the client for documents of the provider: its metadata, its keys, its users. */
    RestTemplate documents() {
        RestTemplate template =
                new RestTemplate(List.of(new StringHttpMessageConverter(), new JacksonJsonHttpMessageConverter()));
        template.setRequestFactory(requests);
        template.setInterceptors(List.of(BOUNDED));
        return template;
    }

    /** Returns the client for the token endpoint. */
    RestClient tokens() {
        return RestClient.builder()
                .requestFactory(requests)
                .requestInterceptor(BOUNDED)
                .configureMessageConverters(converters -> converters
                        .addCustomConverter(new FormHttpMessageConverter())
                        .addCustomConverter(new OAuth2AccessTokenResponseHttpMessageConverter()))
                .defaultStatusHandler(new OAuth2ErrorResponseErrorHandler())
                .build();
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    /** An answer that fails when more of its body is read than an honest provider sends. */
    private record BoundedAnswer(ClientHttpResponse answer) implements ClientHttpResponse {
        @Override
        public HttpStatusCode getStatusCode() throws IOException {
            return answer.getStatusCode();
        }

        @Override
        public String getStatusText() throws IOException {
            return answer.getStatusText();
        }

        @Override
        public HttpHeaders getHeaders() {
            return answer.getHeaders();
        }

        @Override
        public InputStream getBody() throws IOException {
            return new Bounded(answer.getBody());
        }

        @Override
        public void close() {
            answer.close();
        }
    }

    private static final class Bounded extends FilterInputStream {
        private int left = LONGEST_ANSWER;

        Bounded(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            return counted(super.read(), 1);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            return counted(read, read);
        }

        private int counted(int result, int bytes) throws IOException {
            if (result >= 0) {
                left -= bytes;
            }
            if (left < 0) {
                throw new IOException("the answer has more than " + LONGEST_ANSWER + " bytes");
            }
            return result;
        }
    }
}
