package dev.secretproviders.provider.aws;

import dev.secretproviders.provider.shared.RetryAfter;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException;

/**
 * What the service's error codes mean for a secret.
 *
 * @see <a href="https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html">common errors</a>
 */
final class AwsErrors {
    private static final Set<String> CREDENTIAL_REFUSED = Set.of(
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "InvalidAccessKeyId",
            "OptInRequired",
            "AuthFailure");
    private static final Set<String> READING_REFUSED = Set.of(
            "AccessDeniedException",
            "AccessDenied",
            "NotAuthorized",
            "DecryptionFailure",
            "DecryptionFailureException");
    private static final Set<String> THROTTLED = Set.of(
            "ThrottlingException",
            "Throttling",
            "ThrottledException",
            "RequestLimitExceeded",
            "TooManyRequestsException");
    private static final Set<String> OUT_OF_ORDER = Set.of(
            "InternalServiceError",
            "InternalServiceErrorException",
            "InternalFailure",
            "ServiceUnavailable",
            // Of STS, which could not ask the identity provider whose token it was shown.
            "IDPCommunicationError",
            "IDPCommunicationErrorException");
    /** AWS: "was marked for deletion", "scheduled for deletion"; moto: "currently marked deleted". */
    private static final Pattern DELETED = Pattern.compile("(marked|scheduled) (for deletion|deleted)");

    private static final Pattern XML_CODE = Pattern.compile("<Error>\\s*<Code>([A-Za-z0-9]{1,64})</Code>");

    /** Region and name, without the six characters that AWS adds to it. */
    private static final Pattern ARN = Pattern.compile(
            "arn:[a-z-]+:secretsmanager:([a-z0-9-]+):[0-9]*:secret:(.+?)(?:-[A-Za-z0-9]{6}(?:/[^/]*)?)?");

    private AwsErrors() {}

    static String code(SecretsManagerException e) {
        AwsErrorDetails details = e.awsErrorDetails();
        if (details == null) {
            return "";
        }
        if (details.errorCode() != null) {
            return details.errorCode();
        }
        // The form of AWS's older services, in which some that stand in for this one refuse a key. It tells nothing of
        // secrets.
        SdkBytes body = details.rawResponse();
        Matcher xml = XML_CODE.matcher(body == null ? "" : body.asString(StandardCharsets.UTF_8));
        String code = xml.find() ? xml.group(1) : "";
        return CREDENTIAL_REFUSED.contains(code) || READING_REFUSED.contains(code) ? code : "";
    }

    /** Returns whether it is our own keys that are not taken, or no longer. */
    static boolean refusesTheCredential(SecretsManagerException e) {
        return kind(code(e), e.statusCode()) == Kind.AUTHENTICATION;
    }

    /** Returns the exception for an error that concerns no single secret. */
    static ProviderException exception(SecretsManagerException e) {
        return exception(code(e), e.statusCode(), "AWS Secrets Manager refused", retryAfter(e));
    }

    private static @Nullable Duration retryAfter(AwsServiceException e) {
        if (e.awsErrorDetails() == null || e.awsErrorDetails().sdkHttpResponse() == null) {
            return null;
        }
        return RetryAfter.parse(
                e.awsErrorDetails()
                        .sdkHttpResponse()
                        .firstMatchingHeader("Retry-After")
                        .orElse(null),
                Instant.now());
    }

    /** Returns the exception for a role that STS does not let us take on: our credential is what is refused, not a secret. */
    static ProviderException refusedRole(AwsServiceException e) {
        String code = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
        ProviderException refusal =
                exception(code == null ? "" : code, e.statusCode(), "AWS STS refused the role", retryAfter(e));
        return switch (refusal.kind()) {
            case THROTTLED, UNAVAILABLE, TIMEOUT -> refusal;
            // Not of AWS's form: whoever answered knows nothing about our credential.
            case INVALID_ANSWER -> new ProviderException(Kind.UNAVAILABLE, String.valueOf(refusal.getMessage()));
            case AUTHENTICATION, PERMISSION, CONFIGURATION ->
                new ProviderException(Kind.AUTHENTICATION, String.valueOf(refusal.getMessage()));
        };
    }

    static FetchResult result(SecretsManagerException e, String name) {
        String details =
                e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorMessage();
        return result(code(e), details, e.statusCode(), name, retryAfter(e));
    }

    static FetchResult result(String code, @Nullable String details, int status, String name) {
        return result(code, details, status, name, null);
    }

    private static FetchResult result(
            String code, @Nullable String details, int status, String name, @Nullable Duration retryAfter) {
        if (code.equals("ResourceNotFoundException")) {
            return new FetchResult.Missing(
                    "there is no secret '" + name + "' with the version or stage asked for" + hint(name));
        }
        if (code.equals("InvalidRequestException")
                && details != null
                && DELETED.matcher(details).find()) {
            return new FetchResult.Gone("secret '" + name + "' is marked for deletion");
        }
        return new FetchResult.Failed(
                exception(code, status, "AWS Secrets Manager refused '" + name + "'" + hint(name), retryAfter));
    }

    /** A name is found wherever the provider asks, an ARN in its own region only. */
    private static String hint(String name) {
        Matcher arn = ARN.matcher(name);
        return arn.matches()
                ? " (this is an ARN: write the name, '" + arn.group(2) + "', and set region to '" + arn.group(1) + "')"
                : "";
    }

    private static ProviderException exception(String code, int status, String what, @Nullable Duration retryAfter) {
        // The code only: the service's own text may repeat what was sent.
        String printable = code.matches("[A-Za-z0-9]{1,64}")
                ? code
                : kind(code, status) == Kind.INVALID_ANSWER
                        ? "the answer is not of AWS's form; see what stands before it (a proxy, an endpoint)"
                        : "unknown error";
        return new ProviderException(
                kind(code, status), what + ": " + printable + " (status " + status + ")", retryAfter);
    }

    private static Kind kind(String code, int status) {
        if (CREDENTIAL_REFUSED.contains(code)) {
            return Kind.AUTHENTICATION;
        }
        if (READING_REFUSED.contains(code)) {
            return Kind.PERMISSION;
        }
        if (THROTTLED.contains(code) || status == 429) {
            return Kind.THROTTLED;
        }
        if (OUT_OF_ORDER.contains(code) || status >= 500) {
            return Kind.UNAVAILABLE;
        }
        // AWS names a code in every refusal. Without one, something else answered, which knows neither secrets nor
        // keys.
        return code.isEmpty() ? Kind.INVALID_ANSWER : Kind.CONFIGURATION;
    }
}
