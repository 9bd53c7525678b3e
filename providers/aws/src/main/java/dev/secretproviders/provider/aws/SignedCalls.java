package dev.secretproviders.provider.aws;

import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import java.time.Duration;
import java.util.function.Function;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Signs requests with the login's keys and translates the SDK's exceptions. Requests and answers never appear in a
 * message, because their texts may hold secrets. Thread-safe.
 */
final class SignedCalls {
    /** The JSON parser with which the SDK reads answers. */
    private static final String SDK_JSON = "software.amazon.awssdk.thirdparty.jackson";

    private final AwsLogin login;
    private final Duration timeout;
    private final String where;

    /** @param where the service, for messages */
    SignedCalls(AwsLogin login, Duration timeout, String where) {
        this.login = login;
        this.timeout = timeout;
        this.where = where;
    }

    /**
     * Sends a request. Rejected keys may have been rotated since they were read, so a rejection counts only for newly
     * read keys.
     *
     * @throws AwsServiceException if the service refuses the request
     */
    <T> T ask(Function<AwsRequestOverrideConfiguration, T> question) throws ProviderException, InterruptedException {
        AwsCredentials keys = login.credentials();
        try {
            return call(question, keys);
        } catch (AwsServiceException e) {
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

    private <T> T call(Function<AwsRequestOverrideConfiguration, T> question, AwsCredentials keys)
            throws ProviderException, InterruptedException {
        try {
            return question.apply(AwsRequestOverrideConfiguration.builder()
                    .credentialsProvider(StaticCredentialsProvider.create(keys))
                    .build());
        } catch (AwsServiceException e) {
            throw e;
        } catch (AbortedException e) {
            throw new InterruptedException();
        } catch (ApiCallTimeoutException | ApiCallAttemptTimeoutException e) {
            throw new ProviderException(Kind.TIMEOUT, where + " did not answer within " + timeout.toMillis() + " ms");
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
                throw new ProviderException(Kind.INVALID_ANSWER, "the answer of " + where + " is not JSON");
            }
            throw new ProviderException(Kind.UNAVAILABLE, "cannot reach " + where + " (" + Causes.words(e) + ")");
        } catch (SdkException e) {
            throw new ProviderException(Kind.INVALID_ANSWER, "the answer of " + where + " has an unknown format");
        }
    }
}
