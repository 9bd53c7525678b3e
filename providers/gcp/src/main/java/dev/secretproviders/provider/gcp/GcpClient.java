package dev.secretproviders.provider.gcp;

import com.google.api.client.http.HttpTransport;
import com.google.api.client.http.javanet.ConnectionFactory;
import com.google.api.core.ApiFuture;
import com.google.api.gax.core.FixedCredentialsProvider;
import com.google.api.gax.httpjson.InstantiatingHttpJsonChannelProvider;
import com.google.api.gax.retrying.RetrySettings;
import com.google.api.gax.rpc.ApiException;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.cloud.secretmanager.v1.AccessSecretVersionRequest;
import com.google.cloud.secretmanager.v1.AccessSecretVersionResponse;
import com.google.cloud.secretmanager.v1.SecretManagerServiceClient;
import com.google.cloud.secretmanager.v1.SecretManagerServiceSettings;
import dev.secretproviders.limits.Outbound;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.timing.Deadline;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Google's client over HTTP and JSON, created on first use. Its exceptions contain the service's answers and do not
 * leave this package.
 *
 * <p>Thread-safe.
 */
final class GcpClient implements AutoCloseable {
    private final URI endpoint;
    private final GcpIdentity identity;
    private final List<String> scopes;
    private final boolean verify;
    private final Duration timeout;
    private final Outbound outbound;
    private final ConnectionFactory network;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Object creating = new Object();
    private @Nullable Session session;
    private boolean closed;

    /** One login: the credential as read at that time, and the client that sends its tokens. */
    private record Session(GoogleCredentials credentials, SecretManagerServiceClient client, GcpConnections logins) {}

    /**
     * How to log in.
     *
     * @param scopes the scopes of the tokens
     */
    record Login(GcpIdentity identity, List<String> scopes) {
        Login {
            scopes = List.copyOf(scopes);
        }
    }

    GcpClient(URI endpoint, Login login, boolean verify, Outbound outbound, Duration timeout) {
        this(endpoint, login, verify, outbound, timeout, url -> (HttpURLConnection) url.openConnection());
    }

    /** Creates a client over connections that a test directs to its own servers. */
    GcpClient(
            URI endpoint, Login login, boolean verify, Outbound outbound, Duration timeout, ConnectionFactory network) {
        this.outbound = login.identity() instanceof GcpIdentity.ApplicationDefault
                ? outbound.withMetadata(GcpCredentials.metadataHost())
                : outbound;
        this.network = network;
        this.endpoint = endpoint;
        this.identity = login.identity();
        this.scopes = login.scopes();
        this.verify = verify;
        this.timeout = timeout;
    }

    /**
     * Logs in with the current credential if there is no login. No request is sent yet. The first client of a process
     * loads hundreds of classes, which no time limit covers.
     */
    void prepare() throws ProviderException, InterruptedException {
        Session _ = session();
    }

    /**
     * Reads one version; logs in first if necessary.
     *
     * @param nanos the time limit for token and answer together
     * @throws ApiException if the service refuses or cannot be reached
     */
    AccessSecretVersionResponse access(String resource, long nanos) throws ProviderException, InterruptedException {
        Session current = session();
        // The library's timeouts are 20 s and apply between two bytes.
        Future<AccessSecretVersionResponse> answer = submit(() -> outbound.guarding(() -> {
            try {
                current.credentials().refreshIfExpired();
            } catch (IOException e) {
                throw GcpErrors.login(e, current.logins());
            }
            ApiFuture<AccessSecretVersionResponse> call = current.client()
                    .accessSecretVersionCallable()
                    .futureCall(AccessSecretVersionRequest.newBuilder()
                            .setName(resource)
                            .build());
            // It ran in this thread. The library does not report an answer that ends in the middle.
            if (!call.isDone()) {
                throw new ProviderException(Kind.UNAVAILABLE, "Secret Manager broke off its answer");
            }
            return call.get();
        }));
        try {
            // When cancelled, its virtual thread closes the socket that it reads from.
            return Deadline.await(answer, Duration.ofNanos(nanos));
        } catch (TimeoutException e) {
            throw new ProviderException(
                    Kind.TIMEOUT, "Secret Manager did not answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            if (threads.isShutdown()) {
                throw closed();
            }
            switch (e.getCause() instanceof ExecutionException call ? call.getCause() : e.getCause()) {
                case ApiException refused -> throw refused;
                case ProviderException failed -> throw failed;
                case InterruptedException interrupted -> throw interrupted;
                case null, default ->
                    throw new ProviderException(
                            Kind.INVALID_ANSWER, "the answer of Secret Manager has an unknown format");
            }
        }
    }

    /** Returns the time limit for one answer. */
    Duration timeout() {
        return timeout;
    }

    /** Drops the login, so that the next request reads the credential again. */
    void forgetLogin() {
        Session old;
        synchronized (creating) {
            old = session;
            session = null;
        }
        if (old != null) {
            // Not closed at once: other calls may be waiting for its answers.
            old.client().shutdown();
        }
    }

    @Override
    public void close() {
        Session old;
        synchronized (creating) {
            closed = true;
            old = session;
            session = null;
        }
        threads.shutdownNow();
        if (old != null) {
            old.client().shutdownNow();
        }
    }

    private Future<AccessSecretVersionResponse> submit(Callable<AccessSecretVersionResponse> question)
            throws ProviderException {
        try {
            return threads.submit(question);
        } catch (RejectedExecutionException e) {
            throw closed();
        }
    }

    private static ProviderException closed() {
        return new ProviderException(Kind.UNAVAILABLE, "the provider is closed");
    }

    private Session session() throws ProviderException, InterruptedException {
        synchronized (creating) {
            if (closed) {
                throw closed();
            }
            Session current = session;
            if (current == null) {
                GcpConnections logins = new GcpConnections(network, outbound);
                GoogleCredentials credentials = GcpCredentials.create(identity, scopes, logins, verify);
                GcpConnections reading = new GcpConnections(network, outbound);
                reading.expect(endpoint);
                current = new Session(
                        credentials, client(credentials, GcpConnections.transport(reading, verify)), logins);
                session = current;
            }
            return current;
        }
    }

    private SecretManagerServiceClient client(GoogleCredentials credentials, HttpTransport transport)
            throws ProviderException {
        try {
            SecretManagerServiceSettings.Builder settings = SecretManagerServiceSettings.newHttpJsonBuilder();
            settings.setEndpoint(endpoint.toString())
                    .setCredentialsProvider(FixedCredentialsProvider.create(credentials))
                    .setTransportChannelProvider(InstantiatingHttpJsonChannelProvider.newBuilder()
                            .setEndpoint(endpoint.toString())
                            .setHttpTransport(transport)
                            // In the thread that waits for it, which can be interrupted.
                            .setExecutor(Runnable::run)
                            .build());
            // One attempt: the resolver retries. No timeouts of the library: ours apply, and end calls in progress.
            settings.accessSecretVersionSettings()
                    .setRetryableCodes()
                    .setRetrySettings(RetrySettings.newBuilder()
                            .setInitialRpcTimeoutDuration(Duration.ZERO)
                            .setMaxRpcTimeoutDuration(Duration.ZERO)
                            .setTotalTimeoutDuration(Duration.ZERO)
                            .setMaxAttempts(1)
                            .build());
            return SecretManagerServiceClient.create(settings.build());
        } catch (IOException e) {
            throw new ProviderException(Kind.CONFIGURATION, "the client of Secret Manager cannot be created");
        }
    }
}
