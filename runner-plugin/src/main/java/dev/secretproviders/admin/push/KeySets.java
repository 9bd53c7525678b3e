package dev.secretproviders.admin.push;

import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.Resource;
import dev.secretproviders.timing.Deadline;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The public keys of a cloud, read over the network at the first token and kept. A token with an unknown key makes the
 * runner read them again, but not more often than {@link #BETWEEN}: otherwise anyone could make it flood the cloud.
 */
final class KeySets implements AutoCloseable {
    private static final Duration KEPT = Duration.ofHours(1);
    private static final Duration KEPT_DURING_OUTAGE = Duration.ofHours(24);
    private static final Duration BETWEEN = Duration.ofSeconds(30);
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final int LONGEST_ANSWER = 1 << 20;
    private static final int OK = 200;

    private final Duration answerWithin;
    private @Nullable HttpClient http;

    KeySets() {
        this(ANSWER);
    }

    /**
     * Creates key sets.
     *
     * @param answerWithin the time limit for a whole answer
     */
    KeySets(Duration answerWithin) {
        this.answerWithin = answerWithin;
    }

    /** Returns the keys at an address. No I/O. */
    JWKSource<SecurityContext> at(URI address) {
        try {
            return JWKSourceBuilder.create(address.toURL(), this::read)
                    .cache(KEPT.toMillis(), answerWithin.toMillis())
                    .refreshAheadCache(false)
                    .rateLimited(BETWEEN.toMillis())
                    .outageTolerant(KEPT_DURING_OUTAGE.toMillis())
                    .build();
        } catch (MalformedURLException e) {
            throw new IllegalStateException("http and https are known to every Java runtime", e);
        }
    }

    private Resource read(URL address) throws IOException {
        try {
            HttpRequest request = HttpRequest.newBuilder(address.toURI()).build();
            // HttpClient's own timeout covers only the head of the answer. Other tokens wait for these keys.
            HttpResponse<byte[]> answer = Deadline.await(
                    client().sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LONGEST_ANSWER)),
                    answerWithin);
            if (answer.statusCode() != OK) {
                throw new IOException("the keys cannot be read: status " + answer.statusCode());
            }
            return new Resource(new String(answer.body(), StandardCharsets.UTF_8), "application/json");
        } catch (TimeoutException e) {
            throw new IOException("no whole answer within " + answerWithin.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            throw new IOException("the keys cannot be read", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (URISyntaxException e) {
            throw new IOException("no address", e);
        }
    }

    private synchronized HttpClient client() {
        HttpClient made = http;
        if (made == null) {
            made = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(Redirect.NEVER)
                    .connectTimeout(CONNECT)
                    .build();
            http = made;
        }
        return made;
    }

    @Override
    public synchronized void close() {
        if (http != null) {
            http.shutdownNow();
        }
    }
}
