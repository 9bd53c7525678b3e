package dev.secretproviders.provider.aws;

import dev.secretproviders.crypto.Secret;
import dev.secretproviders.provider.ProviderException;
import dev.secretproviders.provider.ProviderException.Kind;
import java.net.URI;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClientBuilder;
import software.amazon.awssdk.services.secretsmanager.model.BatchGetSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.BatchGetSecretValueResponse;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueResponse;
import software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException;

/**
 * The SDK's client, made when it is first needed. Requests and answers of the SDK never get into a message: their texts hold
 * what they carry.
 *
 * <p>Thread-safe.
 */
final class AwsClient implements AutoCloseable {
    /** One repetition heals a connection that the server had closed and a clock that is off; more is the resolver's matter. */
    private static final int ATTEMPTS = 2;

    private final Region region;
    private final @Nullable URI endpoint;
    private final AwsIdentity identity;
    private final Duration timeout;
    private final Object creating = new Object();
    private volatile @Nullable SecretsManagerClient client;
    private volatile @Nullable DefaultCredentialsProvider chain;

    AwsClient(Region region, @Nullable URI endpoint, AwsIdentity identity, Duration timeout) {
        this.region = region;
        this.endpoint = endpoint;
        this.identity = identity;
        this.timeout = timeout;
    }

    /** @throws SecretsManagerException if the service refuses */
    GetSecretValueResponse get(GetSecretValueRequest.Builder request) throws ProviderException, InterruptedException {
        AwsRequestOverrideConfiguration signed = signed();
        return call(
                sdk -> sdk.getSecretValue(request.overrideConfiguration(signed).build()));
    }

    /** @throws SecretsManagerException if the service refuses */
    BatchGetSecretValueResponse getBatch(BatchGetSecretValueRequest.Builder request)
            throws ProviderException, InterruptedException {
        AwsRequestOverrideConfiguration signed = signed();
        return call(sdk ->
                sdk.batchGetSecretValue(request.overrideConfiguration(signed).build()));
    }

    @Override
    public void close() {
        synchronized (creating) {
            SecretsManagerClient made = client;
            if (made != null) {
                made.close();
            }
            DefaultCredentialsProvider madeChain = chain;
            if (madeChain != null) {
                madeChain.close();
            }
        }
    }

    private <T> T call(Function<SecretsManagerClient, T> action) throws ProviderException, InterruptedException {
        try {
            return action.apply(client());
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
            throw new ProviderException(Kind.UNAVAILABLE, "cannot reach " + where() + " (" + rootOf(e) + ")");
        } catch (SdkException e) {
            throw new ProviderException(Kind.INVALID_ANSWER, "the answer of " + where() + " has an unknown form");
        }
    }

    private AwsRequestOverrideConfiguration signed() throws ProviderException, InterruptedException {
        return AwsRequestOverrideConfiguration.builder()
                .credentialsProvider(StaticCredentialsProvider.create(credentials()))
                .build();
    }

    private AwsCredentials credentials() throws ProviderException, InterruptedException {
        return switch (identity) {
            case AwsIdentity.Configured(var accessKeyId, var secretAccessKey, var sessionToken) -> {
                try (Secret id = accessKeyId.read();
                        Secret key = secretAccessKey.read();
                        Secret token = sessionToken == null ? null : sessionToken.read()) {
                    yield token == null
                            ? AwsBasicCredentials.create(id.reveal(), key.reveal())
                            : AwsSessionCredentials.create(id.reveal(), key.reveal(), token.reveal());
                }
            }
            case AwsIdentity.DefaultChain() -> {
                try {
                    yield chain().resolveCredentials();
                } catch (SdkException e) {
                    throw new ProviderException(
                            Kind.AUTHENTICATION,
                            "no AWS credentials found in the environment, web identity, profile, container or instance"
                                    + " metadata; set access_key_id and secret_access_key");
                }
            }
        };
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

    private DefaultCredentialsProvider chain() {
        synchronized (creating) {
            DefaultCredentialsProvider made = chain;
            if (made == null) {
                made = DefaultCredentialsProvider.builder().build();
                chain = made;
            }
            return made;
        }
    }

    private SecretsManagerClient create() {
        SecretsManagerClientBuilder builder = SecretsManagerClient.builder()
                .region(region)
                // Each request brings its own.
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(timeout)
                        .socketTimeout(timeout))
                .overrideConfiguration(config -> config.apiCallTimeout(timeout)
                        .retryStrategy(StandardRetryStrategy.builder().build().toBuilder()
                                .maxAttempts(ATTEMPTS)
                                .build()));
        if (endpoint != null) {
            builder.endpointOverride(endpoint);
        }
        return builder.build();
    }

    private String where() {
        return endpoint == null ? "AWS Secrets Manager in " + region : endpoint.toString();
    }

    private static String rootOf(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getClass().getSimpleName();
    }
}
