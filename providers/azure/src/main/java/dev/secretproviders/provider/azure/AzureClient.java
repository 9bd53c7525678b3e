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
 * Azure's client over the JDK's HTTP client, made when it is first needed. Its exceptions carry what the service answered and do
 * not leave this package.
 *
 * <p>Thread-safe.
 */
final class AzureClient implements AutoCloseable {
    /** More versions than this are not looked through for the previous one. */
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

    /** As above, over connections that a test leads to its own servers. */
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
     * Makes the client with the credential as it is now, where there is none. No request is sent yet; the first client of a process
     * loads hundreds of classes, for which no time limit runs.
     */
    void prepare() throws ProviderException, InterruptedException {
        SecretClient _ = client();
    }

    /**
     * Reads one version; logs in before, if need be.
     *
     * @param version null for the latest
     * @param nanos in which challenge, token and answer must be there
     * @throws RuntimeException of the library's if the service refuses or cannot be reached; {@link AzureErrors} reads it
     */
    KeyVaultSecret get(String name, @Nullable String version, long nanos)
            throws ProviderException, InterruptedException {
        return call(
                nanos,
                made -> made.getSecretWithResponse(name, version, Context.NONE).getValue());
    }

    /** Returns what the vault says of a secret's versions, without their values. */
    List<SecretProperties> versions(String name) throws ProviderException, InterruptedException {
        return call(
                timeout.toNanos(),
                made -> made.listPropertiesOfSecretVersions(name).stream()
                        .limit(MAX_VERSIONS)
                        .toList());
    }

    /** Forgets the login, so that the next request reads the credential anew. */
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

    /** Returns the limit for one answer. */
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
            // Cancelled, the JDK's client closes the connection.
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
            throw new ProviderException(Kind.INVALID_ANSWER, "the answer of Key Vault has an unknown form");
        }
    }

    private void forgetTokens() {
        boolean asked;
        synchronized (creating) {
            asked = http != null;
        }
        // Whoever never asked does not load the library for that.
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
                // The machine's own service is where no other request may go.
                HttpClient login = identity instanceof AzureIdentity.ManagedIdentity ? direct : used;
                TokenCredential credential =
                        AzureCredentials.create(identity, authority, new LoginHttp(login, threads, timeout), threads);
                made = new SecretClientBuilder()
                        .vaultUrl(vault.toString())
                        .credential(credential)
                        .httpClient(used)
                        .httpLogOptions(new HttpLogOptions().setLogLevel(HttpLogDetailLevel.NONE))
                        // Repeating is the resolver's matter.
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
            // No limits of the library's: they hold between two bytes, and for them it reads in threads that nobody
            // interrupts. Each exchange is bounded as a whole, by us and by LoginHttp.
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
