package dev.secretproviders.sink;

import dev.secretproviders.audit.AuditRecord;
import dev.secretproviders.audit.CopyTarget;
import dev.secretproviders.crypto.Hmac;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.timing.Deadline;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A webhook. Each record is posted by itself, byte for byte as it is in the log. A signature over the time of the request
 * and the body proves that it is from a holder of the key, and lets the receiver refuse one that an attacker repeats:
 * {@code HMAC-SHA256(key, time + "." + body)}. The form is that of Stripe's webhooks.
 */
final class WebhookTarget implements CopyTarget {
    static final String SIGNATURE = "Secret-Providers-Signature";
    static final String EVENT = "Secret-Providers-Event";

    private final WebhookSettings settings;
    private final InstantSource clock;
    private volatile @Nullable HttpClient http;
    private volatile boolean closed;

    WebhookTarget(WebhookSettings settings) {
        this(settings, InstantSource.system());
    }

    WebhookTarget(WebhookSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    public String kind() {
        return "webhook";
    }

    @Override
    public String name() {
        return "webhook " + settings.url();
    }

    @Override
    public int mostAtOnce() {
        return 1;
    }

    @Override
    public void write(List<AuditRecord> records) throws IOException {
        for (AuditRecord record : records) {
            post(record);
        }
    }

    private void post(AuditRecord record) throws IOException {
        byte[] body = record.bytes();
        HttpRequest request = HttpRequest.newBuilder(settings.url())
                .header("Content-Type", "application/json")
                .header("User-Agent", "secret-providers")
                .header(EVENT, record.code().isEmpty() ? "damaged" : record.code())
                .header(SIGNATURE, signature(body))
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        HttpResponse<Void> response;
        try {
            response = Deadline.await(client().sendAsync(request, BodyHandlers.discarding()), settings.timeout());
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + settings.timeout().toMillis() + " ms", e);
        } catch (ExecutionException e) {
            throw new IOException("no answer: " + Causes.words(e), e);
        } catch (InterruptedException e) {
            throw new InterruptedIOException("closed");
        }
        if (response.statusCode() < 200 || response.statusCode() > 299) {
            throw new IOException("it answered " + response.statusCode() + " to record " + record.id());
        }
    }

    private String signature(byte[] body) throws IOException {
        long seconds = clock.instant().getEpochSecond();
        try (Secret key = settings.currentSecret()) {
            byte[] start = (seconds + ".").getBytes(StandardCharsets.US_ASCII);
            return "t=" + seconds + ",v1=" + HexFormat.of().formatHex(Hmac.plain(key, start, body));
        }
    }

    private HttpClient client() throws IOException {
        HttpClient open = http;
        if (open == null) {
            HttpClient.Builder builder = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .connectTimeout(settings.timeout());
            if (settings.tls().context() != null) {
                builder.sslContext(settings.tls().context());
            }
            open = builder.build();
            http = open;
        }
        if (closed) {
            open.shutdownNow();
            throw new IOException("closed");
        }
        return open;
    }

    @Override
    public void close() {
        closed = true;
        HttpClient open = http;
        if (open != null) {
            open.shutdownNow();
        }
    }
}
