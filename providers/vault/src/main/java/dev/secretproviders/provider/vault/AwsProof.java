package dev.secretproviders.provider.vault;

import dev.secretproviders.limits.Outbound;
import dev.secretproviders.provider.shared.CarriedException;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.provider.shared.CredentialFile;
import dev.secretproviders.provider.shared.GuardedSdkHttp;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderFactory.CredentialSource;
import dev.secretproviders.spi.Secret;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleWithWebIdentityCredentialsProvider;
import software.amazon.awssdk.services.sts.endpoints.StsEndpointParams;
import software.amazon.awssdk.services.sts.endpoints.StsEndpointProvider;
import software.amazon.awssdk.services.sts.model.AssumeRoleWithWebIdentityRequest;
import tools.jackson.databind.json.JsonMapper;

/**
 * Proves our AWS identity to Vault with a signed request {@code sts:GetCallerIdentity}. Vault sends the request and
 * trusts the answer of AWS. The secret access key stays here.
 *
 * <p>Thread-safe. Parts that need the network are created on first use.
 *
 * @see <a href="https://developer.hashicorp.com/vault/api-docs/auth/aws#login">the fields of the login</a>
 */
final class AwsProof implements AutoCloseable {
    /** Binds the signature to one Vault, so that another Vault cannot use it to log in there. */
    static final String SERVER_ID = "X-Vault-AWS-IAM-Server-ID";

    private static final URI GLOBAL_ENDPOINT = URI.create("https://sts.amazonaws.com");
    private static final String GLOBAL_REGION = "us-east-1";
    private static final String SESSION = "secret-providers";
    private static final byte[] BODY =
            "Action=GetCallerIdentity&Version=2011-06-15".getBytes(StandardCharsets.US_ASCII);

    private final Keys keys;
    private final Region region;
    private final @Nullable URI endpoint;
    private final @Nullable String serverId;
    private final Outbound outbound;
    private final Duration timeout;
    private final List<AutoCloseable> made = new ArrayList<>();
    private @Nullable AwsCredentialsProvider provider;

    /** The source of the keys that sign. */
    sealed interface Keys {}

    /** Keys from the provider object, read again for each login. */
    record Given(
            CredentialSource accessKeyId,
            CredentialSource secretAccessKey,
            @Nullable CredentialSource sessionToken) implements Keys {}

    /** Credentials from the SDK's default chain: environment, web identity, profile, container or instance metadata. */
    record DefaultChain() implements Keys {}

    /** Keys of a role assumed with an identity provider's token; the token is read again each time. */
    record WebIdentity(CredentialFile tokenFile, String roleArn) implements Keys {}

    /**
     * Creates a proof.
     *
     * @param endpoint the address of STS, or null for the region's own
     * @param serverId the value of {@link #SERVER_ID} that Vault expects, or null for none
     * @param outbound checks connections to STS
     * @param timeout the time limit for one call to STS
     */
    AwsProof(
            Keys keys,
            Region region,
            @Nullable URI endpoint,
            @Nullable String serverId,
            Outbound outbound,
            Duration timeout) {
        this.keys = keys;
        this.region = region;
        this.endpoint = endpoint;
        this.serverId = serverId;
        this.outbound = outbound;
        this.timeout = timeout;
    }

    /** Returns the fields that the login posts. AWS accepts the signature for 15 minutes. Blocks. */
    Map<String, String> fields() throws ProviderException, InterruptedException {
        URI url = endpoint().resolve("/");
        SdkHttpRequest.Builder request = SdkHttpRequest.builder()
                .method(SdkHttpMethod.POST)
                .uri(url)
                .putHeader("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
        if (serverId != null) {
            request.putHeader(SERVER_ID, serverId);
        }
        AwsCredentials signing = credentials();
        SignedRequest signed = AwsV4HttpSigner.create()
                .sign(sign -> sign.identity(signing)
                        .request(request.build())
                        .payload(ContentStreamProvider.fromByteArray(BODY))
                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "sts")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, region.id()));
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("iam_http_request_method", "POST");
        fields.put("iam_request_url", base64(url.toString().getBytes(StandardCharsets.US_ASCII)));
        fields.put("iam_request_body", base64(BODY));
        fields.put(
                "iam_request_headers",
                base64(JsonMapper.shared().writeValueAsBytes(signed.request().headers())));
        return fields;
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

    private URI endpoint() {
        if (endpoint != null) {
            return endpoint;
        }
        // Vault's default endpoint, which accepts keys of any region; other endpoints must be configured.
        return region.id().equals(GLOBAL_REGION)
                ? GLOBAL_ENDPOINT
                : StsEndpointProvider.defaultProvider()
                        .resolveEndpoint(
                                StsEndpointParams.builder().region(region).build())
                        .join()
                        .endpointUrl()
                        .toUri();
    }

    private AwsCredentials credentials() throws ProviderException, InterruptedException {
        if (keys instanceof Given given) {
            return read(given);
        }
        try {
            return provider().resolveCredentials();
        } catch (CarriedException e) {
            throw e.reason();
        } catch (AbortedException e) {
            throw new InterruptedException();
        } catch (ApiCallTimeoutException | ApiCallAttemptTimeoutException e) {
            throw new ProviderException(Kind.TIMEOUT, "AWS STS did not answer within " + timeout.toMillis() + " ms");
        } catch (AwsServiceException e) {
            // Only the status: the text of AWS may repeat the request.
            boolean overloaded = e.isThrottlingException();
            // AWS sends a code with every refusal; a proxy in front of it does not.
            boolean foreign = e.awsErrorDetails() == null || e.awsErrorDetails().errorCode() == null;
            boolean down = foreign || e.statusCode() >= 500;
            throw new ProviderException(
                    overloaded ? Kind.THROTTLED : down ? Kind.UNAVAILABLE : Kind.AUTHENTICATION,
                    "AWS STS refused the role (status " + e.statusCode() + ")");
        } catch (SdkException | IllegalStateException | UncheckedIOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (Causes.find(e, XMLStreamException.class) != null) {
                throw unknownAnswer();
            }
            ProviderException refused = Causes.refusedDestination(e);
            if (refused != null) {
                throw refused;
            }
            throw Causes.isNetwork(e)
                    ? new ProviderException(Kind.UNAVAILABLE, "cannot reach AWS STS")
                    : new ProviderException(Kind.AUTHENTICATION, nothingFound());
        } catch (NullPointerException e) {
            // The SDK's providers throw unchecked exceptions when an answer lacks a field.
            throw unknownAnswer();
        }
    }

    private static ProviderException unknownAnswer() {
        return new ProviderException(Kind.UNAVAILABLE, "the answer of AWS STS has an unknown format");
    }

    private String nothingFound() {
        return switch (keys) {
            case WebIdentity(var file, var role) ->
                "the role cannot be assumed: '" + file.file() + "' cannot be read, or holds no token";
            case DefaultChain() ->
                "no AWS credentials found in the environment, web identity, profile, container or instance metadata;"
                        + " set auth.access_key_id and auth.secret_access_key";
            case Given given -> "the configured AWS credentials cannot be used";
        };
    }

    private static AwsCredentials read(Given given) throws ProviderException, InterruptedException {
        CredentialSource token = given.sessionToken();
        try (Secret id = given.accessKeyId().read();
                Secret key = given.secretAccessKey().read();
                Secret session = token == null ? null : token.read()) {
            return session == null
                    ? AwsBasicCredentials.create(id.reveal(), key.reveal())
                    : AwsSessionCredentials.create(id.reveal(), key.reveal(), session.reveal());
        }
    }

    private AwsCredentialsProvider provider() {
        synchronized (made) {
            AwsCredentialsProvider now = provider;
            if (now == null) {
                now = switch (keys) {
                    case WebIdentity(var file, var role) ->
                        closing(StsAssumeRoleWithWebIdentityCredentialsProvider.builder()
                                .stsClient(closing(sts()))
                                .refreshRequest(() -> AssumeRoleWithWebIdentityRequest.builder()
                                        .roleArn(role)
                                        .roleSessionName(SESSION)
                                        .webIdentityToken(file.text())
                                        .build())
                                .build());
                    case DefaultChain() ->
                        closing(DefaultCredentialsProvider.builder().build());
                    case Given given -> throw new IllegalStateException("given keys are read for each login");
                };
                provider = now;
            }
            return now;
        }
    }

    private StsClient sts() {
        StsClientBuilder builder = StsClient.builder()
                .region(region)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .httpClientBuilder(GuardedSdkHttp.builder(outbound, timeout))
                // No retries here: the caller retries, and repeated attempts during an overload would look like a
                // timeout.
                .overrideConfiguration(
                        config -> config.apiCallTimeout(timeout).retryStrategy(AwsRetryStrategy.doNotRetry()));
        if (endpoint != null) {
            builder.endpointOverride(endpoint);
        }
        return builder.build();
    }

    private <T extends AutoCloseable> T closing(T closeable) {
        made.add(closeable);
        return closeable;
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
