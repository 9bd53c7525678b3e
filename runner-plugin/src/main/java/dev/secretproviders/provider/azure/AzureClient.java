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
import dev.secretproviders.provider.ProviderException;
import dev.secretproviders.provider.ProviderException.Kind;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
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
    private final Duration timeout;
    private final UnaryOperator<HttpClient> network;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Object creating = new Object();
    private @Nullable SecretClient client;
    private boolean closed;

    AzureClient(URI vault, URI authority, AzureIdentity identity, Duration timeout) {
        this(vault, authority, identity, timeout, UnaryOperator.identity());
    }

    /** As above, over connections that a test leads to its own servers. */
    AzureClient(URI vault, URI authority, AzureIdentity identity, Duration timeout, UnaryOperator<HttpClient> network) {
        this.vault = vault;
        this.authority = authority;
        this.identity = identity;
        this.timeout = timeout;
        this.network = network;
    }

    /**
     * Reads one version; logs in before, if need be.
     *
     * @param version null for the latest
     * @throws RuntimeException of the library's if the service refuses or cannot be reached; {@link AzureErrors} reads it
     */
    KeyVaultSecret get(String name, @Nullable String version) throws ProviderException, InterruptedException {
        return call(
                made -> made.getSecretWithResponse(name, version, Context.NONE).getValue());
    }

    /** Returns what the vault says of a secret's versions, without their values. */
    List<SecretProperties> versions(String name) throws ProviderException, InterruptedException {
        return call(made -> made.listPropertiesOfSecretVersions(name).stream()
                .limit(MAX_VERSIONS)
                .toList());
    }

    /** Forgets the login, so that the next request reads the credential anew. */
    void forgetLogin() {
        synchronized (creating) {
            client = null;
        }
    }

    @Override
    public void close() {
        synchronized (creating) {
            closed = true;
            client = null;
        }
        threads.shutdownNow();
    }

    private <T> T call(Function<SecretClient, T> question) throws ProviderException, InterruptedException {
        // Made here, where no time runs: the first client loads hundreds of classes.
        SecretClient made = client();
        // The library's limits hold for one request each; ours holds for challenge, token and answer together.
        Future<T> answer = threads.submit(() -> question.apply(made));
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new ProviderException(Kind.TIMEOUT, "Key Vault did not answer within " + timeout.toMillis() + " ms");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failed) {
                throw failed;
            }
            throw new ProviderException(Kind.INVALID_ANSWER, "the answer of Key Vault has an unknown form");
        } finally {
            answer.cancel(true);
        }
    }

    private SecretClient client() throws ProviderException, InterruptedException {
        synchronized (creating) {
            if (closed) {
                throw new ProviderException(Kind.UNAVAILABLE, "the provider is closed");
            }
            SecretClient made = client;
            if (made == null) {
                HttpClient http = network.apply(new JdkHttpClientBuilder()
                        .connectionTimeout(timeout)
                        .responseTimeout(timeout)
                        .readTimeout(timeout)
                        .build());
                TokenCredential credential = AzureCredentials.create(identity, authority, new LoginHttp(http), threads);
                made = new SecretClientBuilder()
                        .vaultUrl(vault.toString())
                        .credential(credential)
                        .httpClient(http)
                        .httpLogOptions(new HttpLogOptions().setLogLevel(HttpLogDetailLevel.NONE))
                        // Repeating is the resolver's matter.
                        .retryOptions(new RetryOptions(new FixedDelayOptions(0, Duration.ofMillis(1))))
                        .buildClient();
                client = made;
            }
            return made;
        }
    }
}
