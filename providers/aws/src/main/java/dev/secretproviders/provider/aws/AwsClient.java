package dev.secretproviders.provider.aws;

import dev.secretproviders.limits.Outbound;
import dev.secretproviders.provider.shared.GuardedSdkHttp;
import dev.secretproviders.spi.ProviderException;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClientBuilder;
import software.amazon.awssdk.services.secretsmanager.model.BatchGetSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.BatchGetSecretValueResponse;
import software.amazon.awssdk.services.secretsmanager.model.CreateSecretRequest;
import software.amazon.awssdk.services.secretsmanager.model.DescribeSecretRequest;
import software.amazon.awssdk.services.secretsmanager.model.DescribeSecretResponse;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueResponse;
import software.amazon.awssdk.services.secretsmanager.model.PutSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException;

/**
 * The SDK's client, created on first use. Requests and answers of the SDK never appear in a message, because their
 * texts include their content.
 *
 * <p>Thread-safe.
 */
final class AwsClient implements AutoCloseable {
    private final Region region;
    private final @Nullable URI endpoint;
    private final AwsLogin login;
    private final Outbound outbound;
    private final Duration timeout;
    private final SignedCalls calls;
    private final RequestCount requests = new RequestCount();
    private final Object creating = new Object();
    private volatile @Nullable SecretsManagerClient client;

    AwsClient(Region region, @Nullable URI endpoint, AwsLogin login, Outbound outbound, Duration timeout) {
        this.outbound = outbound;
        this.region = region;
        this.endpoint = endpoint;
        this.login = login;
        this.timeout = timeout;
        this.calls = new SignedCalls(
                login, timeout, endpoint == null ? "AWS Secrets Manager in " + region : endpoint.toString());
    }

    /** Returns where Secrets Manager answers in a region. */
    static URI usualEndpoint(Region region) {
        return URI.create("https://" + SecretsManagerClient.serviceMetadata().endpointFor(region));
    }

    /** @throws SecretsManagerException if the service refuses the request */
    GetSecretValueResponse get(GetSecretValueRequest.Builder request) throws ProviderException, InterruptedException {
        return ask((sdk, signed) ->
                sdk.getSecretValue(request.overrideConfiguration(signed).build()));
    }

    /** @throws SecretsManagerException if the service refuses the request */
    BatchGetSecretValueResponse getBatch(BatchGetSecretValueRequest.Builder request)
            throws ProviderException, InterruptedException {
        return ask((sdk, signed) ->
                sdk.batchGetSecretValue(request.overrideConfiguration(signed).build()));
    }

    /** Returns how many requests were sent, including logins at STS. */
    long sent() {
        return requests.sent() + login.sent();
    }

    /** @throws SecretsManagerException if the service refuses the request */
    DescribeSecretResponse describe(DescribeSecretRequest.Builder request)
            throws ProviderException, InterruptedException {
        return ask((sdk, signed) ->
                sdk.describeSecret(request.overrideConfiguration(signed).build()));
    }

    /** @throws SecretsManagerException if the service refuses the request */
    void create(CreateSecretRequest.Builder request) throws ProviderException, InterruptedException {
        var _ = ask((sdk, signed) ->
                sdk.createSecret(request.overrideConfiguration(signed).build()));
    }

    /** @throws SecretsManagerException if the service refuses the request */
    void put(PutSecretValueRequest.Builder request) throws ProviderException, InterruptedException {
        var _ = ask((sdk, signed) ->
                sdk.putSecretValue(request.overrideConfiguration(signed).build()));
    }

    @FunctionalInterface
    private interface Question<T> {
        T to(SecretsManagerClient sdk, AwsRequestOverrideConfiguration signed);
    }

    private <T> T ask(Question<T> question) throws ProviderException, InterruptedException {
        return calls.ask(signed -> question.to(client(), signed));
    }

    @Override
    public void close() {
        synchronized (creating) {
            SecretsManagerClient made = client;
            if (made != null) {
                made.close();
            }
        }
        login.close();
    }

    private SecretsManagerClient client() {
        SecretsManagerClient made = client;
        if (made == null) {
            synchronized (creating) {
                made = client;
                if (made == null) {
                    made = create();
                    client = made;
                }
            }
        }
        return made;
    }

    private SecretsManagerClient create() {
        SecretsManagerClientBuilder builder = SecretsManagerClient.builder()
                .region(region)
                // Each request brings its own credentials.
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .httpClientBuilder(GuardedSdkHttp.builder(outbound, timeout))
                // No retries in the SDK: the caller retries, and must see AWS's error rather than a timeout during the
                // SDK's pauses.
                .overrideConfiguration(config -> config.apiCallTimeout(timeout)
                        .addExecutionInterceptor(requests)
                        // A kept connection would hold the last answer in its buffers.
                        .putHeader("Connection", "close")
                        .retryStrategy(AwsRetryStrategy.doNotRetry()));
        if (endpoint != null) {
            builder.endpointOverride(endpoint);
        }
        return builder.build();
    }
}
