package dev.secretproviders.provider.azure;

import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.http.policy.FixedDelayOptions;
import com.azure.core.http.policy.HttpLogDetailLevel;
import com.azure.core.http.policy.HttpLogOptions;
import com.azure.core.http.policy.RetryOptions;
import com.azure.core.util.Context;
import com.azure.security.keyvault.secrets.SecretClient;
import com.azure.security.keyvault.secrets.SecretClientBuilder;
import com.azure.security.keyvault.secrets.models.KeyVaultSecret;
import com.azure.security.keyvault.secrets.models.SecretProperties;
import dev.secretproviders.limits.Outbound;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.timing.Deadline;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Azure's client over the JDK's HTTP client, created on first use. Its exceptions contain the service's answers and do
 * not leave this package.
 *
 * <p>Thread-safe.
 */
final class AzureClient implements AutoCloseable {
    /** Most versions that are searched for the previous one. */
    private static final int MAX_VERSIONS = 200;

    private final URI vault;
    private final URI authority;
    private final AzureIdentity identity;
    private final Outbound outbound;
    private final Duration timeout;
    private final UnaryOperator<HttpClient> network;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Object creating = new Object();
    private final JdkConnections connections;
    private @Nullable HttpClient http;
    private @Nullable SecretClient client;
    private boolean closed;

    AzureClient(URI vault, URI authority, AzureIdentity identity, Outbound outbound, Duration timeout) {
        this(vault, authority, identity, outbound, timeout, UnaryOperator.identity());
    }

    /** Creates a client over connections that a test directs to its own servers. */
    AzureClient(
            URI vault,
            URI authority,
            AzureIdentity identity,
            Outbound outbound,
            Duration timeout,
            UnaryOperator<HttpClient> network) {
        this.outbound = outbound;
        this.connections = new JdkConnections(outbound.guarding(threads, null));
        this.vault = vault;
        this.authority = authority;
        this.identity = identity;
        this.timeout = timeout;
        this.network = network;
    }

    /**
     * Creates the client with the current credential if there is none. No request is sent yet. The first client of a
     * process loads hundreds of classes, which no time limit covers.
     */
    void prepare() throws ProviderException, InterruptedException {
        SecretClient _ = client();
    }

    /**
     * Reads one version; logs in first if necessary.
     *
     * @param version null for the latest
     * @param nanos the time limit for challenge, token and answer together
     * @throws RuntimeException an exception of the library if the service refuses or cannot be reached; {@link
     *     AzureErrors} reads it
     */
    KeyVaultSecret get(String name, @Nullable String version, long nanos)
            throws ProviderException, InterruptedException {
        return call(
                nanos,
                made -> made.getSecretWithResponse(name, version, Context.NONE).getValue());
    }

    /** Returns the properties of a secret's versions, without their values. */
    List<SecretProperties> versions(String name) throws ProviderException, InterruptedException {
        return call(
                timeout.toNanos(),
                made -> made.listPropertiesOfSecretVersions(name).stream()
                        .limit(MAX_VERSIONS)
                        .toList());
    }

    /** Drops the login, so that the next request reads the credential again. */
    void forgetLogin() {
        synchronized (creating) {
            client = null;
        }
        forgetTokens();
    }

    @Override
    public void close() {
        synchronized (creating) {
            closed = true;
            client = null;
        }
        threads.shutdownNow();
        connections.close();
        forgetTokens();
    }

    /** Returns the time limit for one answer. */
    Duration timeout() {
        return timeout;
    }

    private <T> T call(long nanos, Function<SecretClient, T> question) throws ProviderException, InterruptedException {
        SecretClient made = client();
        Future<T> answer;
        try {
            answer = threads.submit(() -> question.apply(made));
        } catch (RejectedExecutionException e) {
            throw closed();
        }
        try {
            // When cancelled, the JDK's client closes the connection.
            return Deadline.await(answer, Duration.ofNanos(nanos));
        } catch (TimeoutException e) {
            throw new ProviderException(Kind.TIMEOUT, "Key Vault did not answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            if (threads.isShutdown()) {
                throw closed();
            }
            if (e.getCause() instanceof RuntimeException failed) {
                throw failed;
            }
            throw new ProviderException(Kind.INVALID_ANSWER, "the answer of Key Vault has an unknown format");
        }
    }

    private void forgetTokens() {
        boolean asked;
        synchronized (creating) {
            asked = http != null;
        }
        // Avoids loading the library if no request was ever sent.
        if (asked && identity instanceof AzureIdentity.ManagedIdentity) {
            ManagedIdentityTokens.forget();
        }
    }

    private static ProviderException closed() {
        return new ProviderException(Kind.UNAVAILABLE, "the provider is closed");
    }

    private SecretClient client() throws ProviderException, InterruptedException {
        synchronized (creating) {
            if (closed) {
                throw closed();
            }
            SecretClient made = client;
            if (made == null) {
                HttpClient direct = http();
                HttpClient used = new GuardedHttp(direct, outbound);
                // Requests to the machine's metadata service go to an address that no other request may use.
                HttpClient login = identity instanceof AzureIdentity.ManagedIdentity ? direct : used;
                TokenCredential credential =
                        AzureCredentials.create(identity, authority, new LoginHttp(login, threads, timeout), threads);
                made = new SecretClientBuilder()
                        .vaultUrl(vault.toString())
                        .credential(credential)
                        .httpClient(used)
                        .httpLogOptions(new HttpLogOptions().setLogLevel(HttpLogDetailLevel.NONE))
                        // The resolver retries, so the client does not.
                        .retryOptions(new RetryOptions(new FixedDelayOptions(0, Duration.ofMillis(1))))
                        .buildClient();
                client = made;
            }
            return made;
        }
    }

    private HttpClient http() {
        HttpClient made = http;
        if (made == null) {
            // No timeouts of the library: they apply between two bytes, and make it read in threads that nothing
            // interrupts. This class and LoginHttp limit each exchange as a whole.
            made = network.apply(new JdkHttpClientBuilder(connections)
                    .executor(outbound.guarding(threads, null))
                    .responseTimeout(Duration.ZERO)
                    .readTimeout(Duration.ZERO)
                    .build());
            http = made;
        }
        return made;
    }
}
