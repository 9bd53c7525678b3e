package dev.secretproviders.peers;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** JSON over HTTP to one peer. */
final class PeerHttp implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final HttpClient client;
    private final URI base;

    PeerHttp(URI base) {
        this(base, clientBuilder());
    }

    /** Returns a TLS context that trusts only the authority in the PEM file. */
    PeerHttp(URI base, Path authority) {
        this(base, clientBuilder().sslContext(trusting(authority)));
    }

    private PeerHttp(URI base, HttpClient.Builder builder) {
        this.base = base;
        this.client = builder.build();
    }

    private static HttpClient.Builder clientBuilder() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(2));
    }

    private static SSLContext trusting(Path authority) {
        try (InputStream pem = Files.newInputStream(authority)) {
            Certificate certificate = CertificateFactory.getInstance("X.509").generateCertificate(pem);
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry("authority", certificate);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new PeerFailedException("Cannot trust " + authority, e);
        }
    }

    URI base() {
        return base;
    }

    /** Sends a request and returns the answer, whatever its status. */
    HttpReply send(String method, String path, Map<String, String> headers, @Nullable String body) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(Duration.ofSeconds(10))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        headers.forEach(request::setHeader);
        try {
            var response = client.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
            return new HttpReply(response.statusCode(), response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        }
    }

    /** As {@link #send}, for a peer that should be running. */
    HttpReply request(String method, String path, Map<String, String> headers, @Nullable String body) {
        try {
            return send(method, path, headers, body);
        } catch (IOException e) {
            throw new PeerFailedException("No answer to %s %s%s".formatted(method, base, path), e);
        }
    }

    /** Returns whether a GET is answered with one of the statuses. */
    boolean answers(String path, Map<String, String> headers, int... statuses) {
        try {
            int status = send("GET", path, headers, null).status();
            for (int wanted : statuses) {
                if (status == wanted) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }

    static String json(Object value) {
        return JSON.writeValueAsString(value);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
