package dev.secretproviders.apisix;

import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.timing.Deadline;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Calls APISIX's Admin API. Thread-safe. Calls block for I/O, for at most the timeout. */
public final class AdminApiClient implements AutoCloseable {
    /** More than APISIX keeps, and less than what would fill the memory. */
    private static final int LONGEST_ANSWER = 64 << 20;

    private final HttpClient http;
    private final URI base;
    private final Secret adminKey;
    private final Duration timeout;

    /**
     * Creates a client.
     *
     * @param http closed with the client
     * @param base where the Admin API is, without {@code /apisix/admin}
     * @param adminKey the key for the header {@code X-API-KEY}; closed with the client
     * @param timeout the time limit of one call
     */
    public AdminApiClient(HttpClient http, URI base, Secret adminKey, Duration timeout) {
        this.http = http;
        this.base = base;
        this.adminKey = adminKey;
        this.timeout = timeout;
    }

    /**
     * What was answered.
     *
     * @param status the HTTP status
     * @param headers the headers
     * @param body the body; the receiver may wipe it
     */
    @SuppressWarnings("ArrayRecordComponent") // Answers are never compared.
    public record Reply(int status, HttpHeaders headers, byte[] body) {
        /** Returns the first value of a header, or an empty text. */
        public String header(String name) {
            return headers.firstValue(name).orElse("");
        }

        /** Prints the status only. */
        @Override
        public String toString() {
            return "Reply[" + status + "]";
        }
    }

    /** Returns where the Admin API is. */
    public URI base() {
        return base;
    }

    /** Makes a call without a body. */
    public Reply call(String method, String path) throws AdminApiException, InterruptedException {
        return call(method, path, BodyPublishers.noBody());
    }

    /**
     * Makes a call with a JSON body.
     *
     * @param body stays the caller's, who may wipe it afterwards
     */
    public Reply call(String method, String path, byte[] body) throws AdminApiException, InterruptedException {
        return call(method, path, BodyPublishers.ofByteArray(body));
    }

    /** Asks by GET for the status and the headers. Gives the connection up in place of reading the body, so the reply has none. */
    Reply headersByGet(String path) throws AdminApiException, InterruptedException {
        HttpResponse<InputStream> response = send("GET", path, BodyPublishers.noBody(), BodyHandlers.ofInputStream());
        try {
            response.body().close();
        } catch (IOException e) {
            // Nothing more is asked of this connection.
        }
        return new Reply(response.statusCode(), response.headers(), new byte[0]);
    }

    private Reply call(String method, String path, BodyPublisher body) throws AdminApiException, InterruptedException {
        HttpResponse<byte[]> response =
                send(method, path, body, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LONGEST_ANSWER));
        return new Reply(response.statusCode(), response.headers(), response.body());
    }

    private <T> HttpResponse<T> send(String method, String path, BodyPublisher body, BodyHandler<T> handler)
            throws AdminApiException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
                .header("X-API-KEY", adminKey.reveal())
                .header("Content-Type", "application/json")
                .method(method, body)
                .build();
        try {
            // HttpClient's own timeout covers only the head of the answer.
            return Deadline.await(http.sendAsync(request, handler), timeout);
        } catch (TimeoutException e) {
            throw AdminApiException.unavailable(
                    "the Admin API at " + base + " does not answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            if (String.valueOf(Causes.root(e).getMessage()).startsWith("body exceeds capacity")) {
                throw AdminApiException.unavailable(
                        "the Admin API at " + base + " answered with more than " + LONGEST_ANSWER + " bytes");
            }
            throw AdminApiException.unavailable("the Admin API at " + base + " does not answer: " + Causes.words(e));
        }
    }

    /** Returns the exception for a status that the caller does not expect. */
    public AdminApiException unexpected(int status) {
        String message = "the Admin API at " + base + " answered " + status
                + (status == 401 || status == 403 ? ": check admin_key" : "");
        // As the sources of consumers do: a status is an answer, so the next call would get it, too.
        return AdminApiException.refused(message);
    }

    /** Ends calls under way, and wipes the key. */
    @Override
    public void close() {
        http.shutdownNow();
        adminKey.close();
    }
}
