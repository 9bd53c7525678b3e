package dev.secretproviders.provider.aws;

import dev.secretproviders.crypto.Secret;
import dev.secretproviders.provider.ProviderException;
import dev.secretproviders.provider.ProviderException.Kind;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider;
import software.amazon.awssdk.services.sts.auth.StsWebIdentityTokenFileCredentialsProvider;
import software.amazon.awssdk.services.sts.model.AssumeRoleRequest;

/**
 * Comes by the keys that requests are signed with. Those of a role are kept by the SDK until shortly before they end.
 *
 * <p>Thread-safe. The SDK's providers are made when they are first needed: some read files or the network.
 */
final class AwsLogin implements AutoCloseable {
    private final AwsIdentity identity;
    private final Region region;
    private final Duration timeout;
    private final RequestCount requests = new RequestCount();
    private final List<AutoCloseable> made = new ArrayList<>();
    private volatile @Nullable AwsCredentialsProvider provider;

    AwsLogin(AwsIdentity identity, Region region, Duration timeout) {
        this.identity = identity;
        this.region = region;
        this.timeout = timeout;
    }

    /** Returns keys that are good now, as far as can be known here. Blocks. */
    AwsCredentials credentials() throws ProviderException, InterruptedException {
        try {
            return provider().resolveCredentials();
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
            // The SDK's own texts may quote files and answers.
            throw new ProviderException(Kind.AUTHENTICATION, unavailable());
        }
    }

    /** Returns how many requests were sent to STS. */
    long sent() {
        return requests.sent();
    }

    @Override
    public void close() {
        synchronized (made) {
            for (AutoCloseable closeable : made.reversed()) {
                try {
                    closeable.close();
                } catch (Exception e) {
                    throw new IllegalStateException("closing a client of AWS cannot fail", e);
                }
            }
            made.clear();
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
                "the role cannot be taken on: AWS STS is out of reach, or there are no credentials to ask it with";
            case AwsIdentity.WebIdentity web ->
                "the role cannot be taken on: '" + web.tokenFile() + "' cannot be read, or AWS STS is out of reach";
            case AwsIdentity.Configured configured -> "the configured AWS credentials cannot be used";
        };
    }

    private AwsCredentialsProvider provider() {
        AwsCredentialsProvider now = provider;
        if (now == null) {
            synchronized (made) {
                now = provider;
                if (now == null) {
                    now = create(identity);
                    provider = now;
                }
            }
        }
        return now;
    }

    private AwsCredentialsProvider create(AwsIdentity who) {
        return switch (who) {
            case AwsIdentity.Configured configured -> () -> configured(configured);
            case AwsIdentity.DefaultChain() ->
                closing(DefaultCredentialsProvider.builder().build());
            case AwsIdentity.Profile(var name) ->
                closing(ProfileCredentialsProvider.builder().profileName(name).build());
            case AwsIdentity.AssumedRole(var own, var role, var externalId) ->
                closing(StsAssumeRoleCredentialsProvider.builder()
                        .stsClient(closing(sts(create(own), role.endpoint())))
                        .refreshRequest(AssumeRoleRequest.builder()
                                .roleArn(role.arn())
                                .roleSessionName(role.sessionName())
                                .externalId(externalId)
                                .build())
                        .build());
            case AwsIdentity.WebIdentity(var tokenFile, var role) ->
                closing(StsWebIdentityTokenFileCredentialsProvider.builder()
                        .stsClient(closing(sts(AnonymousCredentialsProvider.create(), role.endpoint())))
                        .roleArn(role.arn())
                        .roleSessionName(role.sessionName())
                        .webIdentityTokenFile(tokenFile)
                        .build());
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

    private StsClient sts(AwsCredentialsProvider credentials, @Nullable URI endpoint) {
        StsClientBuilder builder = StsClient.builder()
                .region(region)
                .credentialsProvider(credentials)
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(timeout)
                        .socketTimeout(timeout))
                .overrideConfiguration(config -> config.apiCallTimeout(timeout)
                        .addExecutionInterceptor(requests)
                        .retryStrategy(AwsClient.once()));
        if (endpoint != null) {
            builder.endpointOverride(endpoint);
        }
        return builder.build();
    }

    private <T extends AutoCloseable> T closing(T closeable) {
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
