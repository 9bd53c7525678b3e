package dev.secretproviders.provider.aws;

import dev.secretproviders.limits.Outbound;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.provider.shared.GuardedSdkHttp;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClientBuilder;
import software.amazon.awssdk.services.secretsmanager.model.BatchGetSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.BatchGetSecretValueResponse;
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
    /** The package of the JSON parser with which the SDK reads answers. */
    private static final String SDK_JSON = "software.amazon.awssdk.thirdparty.jackson";

    private final Region region;
    private final @Nullable URI endpoint;
    private final AwsLogin login;
    private final Outbound outbound;
    private final Duration timeout;
    private final RequestCount requests = new RequestCount();
    private final Object creating = new Object();
    private volatile @Nullable SecretsManagerClient client;

    AwsClient(Region region, @Nullable URI endpoint, AwsLogin login, Outbound outbound, Duration timeout) {
        this.outbound = outbound;
        this.region = region;
        this.endpoint = endpoint;
        this.login = login;
        this.timeout = timeout;
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
    void put(PutSecretValueRequest.Builder request) throws ProviderException, InterruptedException {
        var _ = ask((sdk, signed) ->
                sdk.putSecretValue(request.overrideConfiguration(signed).build()));
    }

    @FunctionalInterface
    private interface Question<T> {
        T to(SecretsManagerClient sdk, AwsRequestOverrideConfiguration signed);
    }

    /**
     * Sends a request. Rejected keys may have been rotated since they were read, so a rejection counts only for newly
     * read keys.
     */
    private <T> T ask(Question<T> question) throws ProviderException, InterruptedException {
        AwsCredentials keys = login.credentials();
        try {
            return call(question, keys);
        } catch (SecretsManagerException e) {
            if (!AwsErrors.refusesTheCredential(e)) {
                throw e;
            }
            AwsCredentials newer = login.newerThan(keys);
            if (newer == null) {
                throw e;
            }
            return call(question, newer);
        }
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

    private <T> T call(Question<T> question, AwsCredentials keys) throws ProviderException, InterruptedException {
        try {
            return question.to(
                    client(),
                    AwsRequestOverrideConfiguration.builder()
                            .credentialsProvider(StaticCredentialsProvider.create(keys))
                            .build());
        } catch (SecretsManagerException e) {
            throw e;
        } catch (AbortedException e) {
            throw new InterruptedException();
        } catch (ApiCallTimeoutException | ApiCallAttemptTimeoutException e) {
            throw new ProviderException(Kind.TIMEOUT, where() + " did not answer within " + timeout.toMillis() + " ms");
        } catch (SdkClientException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            ProviderException refused = Causes.refusedDestination(e);
            if (refused != null) {
                throw refused;
            }
            Class<?> root = Causes.root(e).getClass();
            if (root.getPackageName().startsWith(SDK_JSON)) {
                throw new ProviderException(Kind.INVALID_ANSWER, "the answer of " + where() + " is not JSON");
            }
            throw new ProviderException(Kind.UNAVAILABLE, "cannot reach " + where() + " (" + Causes.words(e) + ")");
        } catch (SdkException e) {
            throw new ProviderException(Kind.INVALID_ANSWER, "the answer of " + where() + " has an unknown format");
        }
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

    private String where() {
        return endpoint == null ? "AWS Secrets Manager in " + region : endpoint.toString();
    }
}
