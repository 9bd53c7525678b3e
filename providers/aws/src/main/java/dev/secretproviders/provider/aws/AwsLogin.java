package dev.secretproviders.provider.aws;

import dev.secretproviders.limits.Outbound;
import dev.secretproviders.provider.shared.CarriedException;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.provider.shared.GuardedSdkHttp;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.Secret;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleWithWebIdentityCredentialsProvider;
import software.amazon.awssdk.services.sts.model.AssumeRoleRequest;
import software.amazon.awssdk.services.sts.model.AssumeRoleWithWebIdentityRequest;

/**
 * Provides the keys that sign requests. The SDK keeps the keys of a role until shortly before they expire, or until AWS
 * rejects them.
 *
 * <p>Thread-safe. The SDK's providers are created on first use, because some read files or the network.
 */
final class AwsLogin implements AutoCloseable {
    private final AwsIdentity identity;
    private final Region region;
    private final Outbound outbound;
    private final Duration timeout;
    private final RequestCount requests = new RequestCount();
    /** The write lock is held only while an unused source is closed. */
    private final ReadWriteLock inUse = new ReentrantReadWriteLock();

    private final Object creating = new Object();
    private @Nullable Source source;
    private boolean closed;

    /** The SDK's credentials provider, and the resources closed together with it. */
    private record Source(AwsCredentialsProvider provider, List<AutoCloseable> made) {
        void close() {
            for (AutoCloseable closeable : made.reversed()) {
                try {
                    closeable.close();
                } catch (Exception e) {
                    throw new IllegalStateException("closing a client of AWS cannot fail", e);
                }
            }
        }
    }

    AwsLogin(AwsIdentity identity, Region region, Outbound outbound, Duration timeout) {
        this.outbound = outbound;
        this.identity = identity;
        this.region = region;
        this.timeout = timeout;
    }

    /** Returns keys that are valid now, as far as this process knows. Blocks. */
    AwsCredentials credentials() throws ProviderException, InterruptedException {
        inUse.readLock().lockInterruptibly();
        try {
            return resolve(source().provider());
        } finally {
            inUse.readLock().unlock();
        }
    }

    /**
     * Gets new keys after AWS rejected {@code refused}: reads the configured credentials again and drops the kept keys
     * of a role. Blocks.
     *
     * @return null if the keys are unchanged
     */
    @Nullable
    AwsCredentials newerThan(AwsCredentials refused) throws ProviderException, InterruptedException {
        Source before = source();
        AwsCredentials now = credentials();
        if (now.equals(refused)) {
            forget(before);
            now = credentials();
        }
        return now.equals(refused) ? null : now;
    }

    /** Closes without waiting for calls in progress, which fail. */
    @Override
    public void close() {
        synchronized (creating) {
            closed = true;
            if (source != null) {
                source.close();
            }
        }
    }

    private AwsCredentials resolve(AwsCredentialsProvider provider) throws ProviderException, InterruptedException {
        try {
            return provider.resolveCredentials();
        } catch (CarriedException e) {
            throw e.reason();
        } catch (AbortedException e) {
            throw new InterruptedException();
        } catch (ApiCallTimeoutException | ApiCallAttemptTimeoutException e) {
            throw new ProviderException(Kind.TIMEOUT, "AWS STS did not answer within " + timeout.toMillis() + " ms");
        } catch (AwsServiceException e) {
            throw AwsErrors.refusedRole(e);
        } catch (SdkException | IllegalStateException | UncheckedIOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            ProviderException refused = Causes.refusedDestination(e);
            if (refused != null) {
                throw refused;
            }
            // The SDK's own texts may quote files and answers.
            throw Causes.isNetwork(e)
                    ? new ProviderException(Kind.UNAVAILABLE, "cannot reach AWS STS to assume the role")
                    : Causes.find(e, XMLStreamException.class) != null
                            ? unknownAnswer()
                            : new ProviderException(Kind.AUTHENTICATION, unavailable());
        } catch (NullPointerException e) {
            // The SDK's providers throw unchecked exceptions when an answer lacks a field.
            throw unknownAnswer();
        }
    }

    private static ProviderException unknownAnswer() {
        return new ProviderException(
                Kind.UNAVAILABLE,
                "the answer of AWS STS has an unknown format; check the endpoint and any proxy in front of it");
    }

    /** Returns how many requests were sent to STS. */
    long sent() {
        return requests.sent();
    }

    /** Drops a source so that the next call creates a new one, unless another thread has done so already. */
    private void forget(Source old) throws InterruptedException {
        inUse.writeLock().lockInterruptibly();
        try {
            synchronized (creating) {
                if (!closed && old.equals(source)) {
                    source = null;
                    old.close();
                }
            }
        } finally {
            inUse.writeLock().unlock();
        }
    }

    private String unavailable() {
        return switch (identity) {
            case AwsIdentity.DefaultChain() ->
                "no AWS credentials found in the environment, web identity, profile, container or instance metadata;"
                        + " set access_key_id and secret_access_key";
            case AwsIdentity.Profile(var name) ->
                "no AWS credentials found in the profile '" + name + "' of the user that the runner runs as";
            case AwsIdentity.AssumedRole role ->
                "the role cannot be assumed: there are no credentials to ask AWS STS with";
            case AwsIdentity.WebIdentity web ->
                "the role cannot be assumed: '" + web.tokenFile().file() + "' cannot be read";
            case AwsIdentity.Configured configured -> "the configured AWS credentials cannot be used";
        };
    }

    private Source source() throws ProviderException {
        synchronized (creating) {
            if (closed) {
                throw new ProviderException(Kind.UNAVAILABLE, "the provider was closed");
            }
            Source now = source;
            if (now == null) {
                List<AutoCloseable> made = new ArrayList<>();
                now = new Source(create(identity, made), made);
                source = now;
            }
            return now;
        }
    }

    private AwsCredentialsProvider create(AwsIdentity who, List<AutoCloseable> made) {
        return switch (who) {
            case AwsIdentity.Configured configured -> () -> configured(configured);
            case AwsIdentity.DefaultChain() ->
                closing(DefaultCredentialsProvider.builder().build(), made);
            case AwsIdentity.Profile(var name) ->
                closing(ProfileCredentialsProvider.builder().profileName(name).build(), made);
            case AwsIdentity.AssumedRole(var own, var role, var externalId) ->
                closing(
                        StsAssumeRoleCredentialsProvider.builder()
                                .stsClient(closing(sts(create(own, made), role.endpoint()), made))
                                .refreshRequest(AssumeRoleRequest.builder()
                                        .roleArn(role.arn())
                                        .roleSessionName(role.sessionName())
                                        .externalId(externalId)
                                        .build())
                                .build(),
                        made);
            case AwsIdentity.WebIdentity(var tokenFile, var role) ->
                closing(
                        StsAssumeRoleWithWebIdentityCredentialsProvider.builder()
                                .stsClient(closing(sts(AnonymousCredentialsProvider.create(), role.endpoint()), made))
                                .refreshRequest(() -> AssumeRoleWithWebIdentityRequest.builder()
                                        .roleArn(role.arn())
                                        .roleSessionName(role.sessionName())
                                        .webIdentityToken(tokenFile.text())
                                        .build())
                                .build(),
                        made);
        };
    }

    private static AwsCredentials configured(AwsIdentity.Configured configured) {
        var token = configured.sessionToken();
        try (Secret id = configured.accessKeyId().read();
                Secret key = configured.secretAccessKey().read();
                Secret session = token == null ? null : token.read()) {
            return session == null
                    ? AwsBasicCredentials.create(id.reveal(), key.reveal())
                    : AwsSessionCredentials.create(id.reveal(), key.reveal(), session.reveal());
        } catch (ProviderException e) {
            throw new CarriedException(e);
        } catch (InterruptedException e) {
            throw AbortedException.create("interrupted");
        }
    }

    private StsClient sts(AwsCredentialsProvider credentials, @Nullable URI endpoint) {
        StsClientBuilder builder = StsClient.builder()
                .region(region)
                .credentialsProvider(credentials)
                .httpClientBuilder(GuardedSdkHttp.builder(outbound, timeout))
                // No retries here: the caller retries, and repeated attempts during an overload would look like a
                // timeout.
                .overrideConfiguration(config -> config.apiCallTimeout(timeout)
                        .addExecutionInterceptor(requests)
                        .retryStrategy(AwsRetryStrategy.doNotRetry()));
        if (endpoint != null) {
            builder.endpointOverride(endpoint);
        }
        return builder.build();
    }

    private static <T extends AutoCloseable> T closing(T closeable, List<AutoCloseable> made) {
        made.add(closeable);
        return closeable;
    }
}
