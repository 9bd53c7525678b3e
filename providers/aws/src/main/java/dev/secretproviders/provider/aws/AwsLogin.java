package dev.secretproviders.provider.aws;

import dev.secretproviders.limits.Outbound;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.provider.shared.CredentialFile;
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
 * Comes by the keys that requests are signed with. Those of a role are kept by the SDK until shortly before they end, or until AWS
 * refuses them.
 *
 * <p>Thread-safe. The SDK's providers are made when they are first needed: some read files or the network.
 */
final class AwsLogin implements AutoCloseable {
    private final AwsIdentity identity;
    private final Region region;
    private final Outbound outbound;
    private final Duration timeout;
    private final RequestCount requests = new RequestCount();
    /** Held for writing only while what nobody uses is closed. */
    private final ReadWriteLock inUse = new ReentrantReadWriteLock();

    private final Object creating = new Object();
    private @Nullable Source source;
    private boolean closed;

    /** The SDK's provider of keys, and what is closed together with it. */
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

    /** Returns keys that are good now, as far as can be known here. Blocks. */
    AwsCredentials credentials() throws ProviderException, InterruptedException {
        inUse.readLock().lockInterruptibly();
        try {
            return resolve(source().provider());
        } finally {
            inUse.readLock().unlock();
        }
    }

    /**
     * Comes by keys anew after AWS refused {@code refused}: reads what they are configured with once more, and lets go of the
     * keys of a role that were kept. Blocks.
     *
     * @return null if they are still the same
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

    /** Closes without waiting for those who are asking right now: they fail. */
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
        } catch (UnreadableException e) {
            throw e.reason;
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
                    ? new ProviderException(Kind.UNAVAILABLE, "cannot reach AWS STS to take the role on")
                    : Causes.find(e, XMLStreamException.class) != null
                            ? unknownAnswer()
                            : new ProviderException(Kind.AUTHENTICATION, unavailable());
        } catch (NullPointerException e) {
            // The SDK's providers take what an answer lacks for granted.
            throw unknownAnswer();
        }
    }

    private static ProviderException unknownAnswer() {
        return new ProviderException(
                Kind.UNAVAILABLE,
                "the answer of AWS STS has an unknown form; see what stands before it (a proxy, an endpoint)");
    }

    /** Returns how many requests were sent to STS. */
    long sent() {
        return requests.sent();
    }

    /** Has the next one start over, unless somebody has seen to it already. */
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
                "the role cannot be taken on: there are no credentials to ask AWS STS with";
            case AwsIdentity.WebIdentity web ->
                "the role cannot be taken on: '" + web.tokenFile().file() + "' cannot be read";
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
                                        .webIdentityToken(read(tokenFile))
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
            throw new UnreadableException(e);
        } catch (InterruptedException e) {
            throw AbortedException.create("interrupted");
        }
    }

    /** Each time anew, by ourselves: the SDK would open whatever the name leads to by then. */
    private static String read(CredentialFile file) {
        try (Secret token = file.read()) {
            return token.reveal();
        } catch (ProviderException e) {
            throw new UnreadableException(e);
        }
    }

    private StsClient sts(AwsCredentialsProvider credentials, @Nullable URI endpoint) {
        StsClientBuilder builder = StsClient.builder()
                .region(region)
                .credentialsProvider(credentials)
                .httpClientBuilder(GuardedSdkHttp.builder(outbound, timeout))
                // Who asks waits and asks again: with retries here, an overload would look like silence.
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

    /** Carries the reason through the SDK, whose providers declare none. */
    private static final class UnreadableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient ProviderException reason;

        UnreadableException(ProviderException reason) {
            super(reason.getMessage());
            this.reason = reason;
        }
    }
}
