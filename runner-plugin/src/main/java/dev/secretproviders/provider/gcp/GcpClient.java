package dev.secretproviders.provider.gcp;

import com.google.api.client.http.HttpTransport;
import com.google.api.client.http.javanet.ConnectionFactory;
import com.google.api.gax.core.FixedCredentialsProvider;
import com.google.api.gax.httpjson.InstantiatingHttpJsonChannelProvider;
import com.google.api.gax.retrying.RetrySettings;
import com.google.api.gax.rpc.ApiException;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.cloud.secretmanager.v1.AccessSecretVersionRequest;
import com.google.cloud.secretmanager.v1.AccessSecretVersionResponse;
import com.google.cloud.secretmanager.v1.SecretManagerServiceClient;
import com.google.cloud.secretmanager.v1.SecretManagerServiceSettings;
import dev.secretproviders.provider.ProviderException;
import dev.secretproviders.provider.ProviderException.Kind;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Google's client over HTTP and JSON, made when it is first needed. Its exceptions carry what the service answered and do not
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
    private final ConnectionFactory network;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Object creating = new Object();
    private @Nullable Session session;
    private boolean closed;

    /** One login: the credential as it was read then, and the client that sends its tokens. */
    private record Session(GoogleCredentials credentials, SecretManagerServiceClient client, GcpConnections logins) {}

    GcpClient(URI endpoint, GcpIdentity identity, List<String> scopes, boolean verify, Duration timeout) {
        this(endpoint, identity, scopes, verify, timeout, url -> (HttpURLConnection) url.openConnection());
    }

    /** As above, over connections that a test leads to its own servers. */
    GcpClient(
            URI endpoint,
            GcpIdentity identity,
            List<String> scopes,
            boolean verify,
            Duration timeout,
            ConnectionFactory network) {
        this.network = network;
        this.endpoint = endpoint;
        this.identity = identity;
        this.scopes = List.copyOf(scopes);
        this.verify = verify;
        this.timeout = timeout;
    }

    /**
     * Reads one version; logs in before, if need be.
     *
     * @throws ApiException if the service refuses or cannot be reached
     */
    AccessSecretVersionResponse access(String resource) throws ProviderException, InterruptedException {
        // Made here, where no time runs: the first client loads hundreds of classes.
        Session current = session();
        // The library's requests for tokens have a fixed limit of 20 s; ours holds for token and answer together.
        Future<AccessSecretVersionResponse> answer = threads.submit(() -> {
            try {
                current.credentials().refreshIfExpired();
            } catch (IOException e) {
                throw GcpErrors.login(e, current.logins());
            }
            return current.client()
                    .accessSecretVersion(AccessSecretVersionRequest.newBuilder()
                            .setName(resource)
                            .build());
        });
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new ProviderException(
                    Kind.TIMEOUT, "Secret Manager did not answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case ApiException refused -> throw refused;
                case ProviderException failed -> throw failed;
                case InterruptedException interrupted -> throw interrupted;
                case null, default ->
                    throw new ProviderException(
                            Kind.INVALID_ANSWER, "the answer of Secret Manager has an unknown form");
            }
        } finally {
            answer.cancel(true);
        }
    }

    /** Forgets the login, so that the next request reads the credential anew. */
    void forgetLogin() {
        Session old;
        synchronized (creating) {
            old = session;
            session = null;
        }
        if (old != null) {
            // Not closed at once: others may be waiting for its answers.
            old.client().shutdown();
        }
    }

    @Override
    public void close() {
        synchronized (creating) {
            closed = true;
        }
        forgetLogin();
        threads.shutdownNow();
    }

    private Session session() throws ProviderException, InterruptedException {
        synchronized (creating) {
            if (closed) {
                throw new ProviderException(Kind.UNAVAILABLE, "the provider is closed");
            }
            Session current = session;
            if (current == null) {
                GcpConnections logins = new GcpConnections(network);
                GoogleCredentials credentials =
                        GcpCredentials.create(identity, scopes, GcpConnections.transport(logins, verify));
                current = new Session(
                        credentials, client(credentials, GcpConnections.transport(network, verify)), logins);
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
                            .setExecutor(threads)
                            .build());
            // One attempt: repeating is the resolver's matter.
            settings.accessSecretVersionSettings()
                    .setRetryableCodes()
                    .setRetrySettings(RetrySettings.newBuilder()
                            .setInitialRpcTimeoutDuration(timeout)
                            .setMaxRpcTimeoutDuration(timeout)
                            .setTotalTimeoutDuration(timeout)
                            .setMaxAttempts(1)
                            .build());
            return SecretManagerServiceClient.create(settings.build());
        } catch (IOException e) {
            throw new ProviderException(Kind.CONFIGURATION, "the client of Secret Manager cannot be made");
        }
    }
}
