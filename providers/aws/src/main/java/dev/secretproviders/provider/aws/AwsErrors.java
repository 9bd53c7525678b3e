package dev.secretproviders.provider.aws;

import dev.secretproviders.provider.shared.RetryAfter;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException;

/**
 * Translates the service's error codes into results for a secret.
 *
 * @see <a href="https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html">common errors</a>
 */
final class AwsErrors {
    private static final Pattern CODE = Pattern.compile("[A-Za-z0-9.]{1,64}");

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
            // From STS, when it could not reach the identity provider that issued the token.
            "IDPCommunicationError",
            "IDPCommunicationErrorException");
    /** AWS: "was marked for deletion", "scheduled for deletion"; moto: "currently marked deleted". */
    private static final Pattern DELETED = Pattern.compile("(marked|scheduled) (for deletion|deleted)");

    private static final Pattern XML_CODE = Pattern.compile("<Error>\\s*<Code>([A-Za-z0-9]{1,64})</Code>");

    /** Region and name, without the hyphen and six characters that AWS appends. */
    private static final Pattern ARN = Pattern.compile(
            "arn:[a-z-]+:secretsmanager:([a-z0-9-]+):[0-9]*:secret:(.+?)(?:-[A-Za-z0-9]{6}(?:/[^/]*)?)?");

    private AwsErrors() {}

    static String code(AwsServiceException e) {
        AwsErrorDetails details = e.awsErrorDetails();
        if (details == null) {
            return "";
        }
        if (details.errorCode() != null) {
            return details.errorCode();
        }
        // The format of AWS's older services, which some emulators use to reject a key. It says nothing about secrets.
        SdkBytes body = details.rawResponse();
        Matcher xml = XML_CODE.matcher(body == null ? "" : body.asString(StandardCharsets.UTF_8));
        String code = xml.find() ? xml.group(1) : "";
        return CREDENTIAL_REFUSED.contains(code) || READING_REFUSED.contains(code) ? code : "";
    }

    /** Returns whether the service rejects our own keys, or has begun to. */
    static boolean refusesTheCredential(AwsServiceException e) {
        return kind(code(e), e.statusCode()) == Kind.AUTHENTICATION;
    }

    /** Returns the exception for an error that does not concern a single secret. */
    static ProviderException exception(SecretsManagerException e) {
        return exception(code(e), e.statusCode(), "AWS Secrets Manager refused", retryAfter(e));
    }

    /** Returns the exception for a request that SQS refuses. */
    static ProviderException ofQueue(AwsServiceException e) {
        String code = code(e);
        return code.endsWith("NonExistentQueue") || code.endsWith("QueueDoesNotExist")
                ? new ProviderException(Kind.CONFIGURATION, "there is no such queue")
                : exception(code, e.statusCode(), "AWS SQS refused", retryAfter(e));
    }

    /**
     * Returns the exception for messages that SQS did not delete.
     *
     * @param codes the code of each of them
     * @param asked how many should have been deleted
     */
    static ProviderException ofDeletion(List<String> codes, int asked) {
        return new ProviderException(
                kind(codes.getFirst(), 200),
                "AWS SQS did not delete " + codes.size() + " of " + asked + " messages, which come again: "
                        + codes.stream().map(AwsErrors::printable).distinct().collect(Collectors.joining(", ")));
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

    /** Returns the exception for a role that STS refuses: the fault is in our credential, not in a secret. */
    static ProviderException refusedRole(AwsServiceException e) {
        String code = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
        ProviderException refusal =
                exception(code == null ? "" : code, e.statusCode(), "AWS STS refused the role", retryAfter(e));
        return switch (refusal.kind()) {
            case THROTTLED, UNAVAILABLE, TIMEOUT -> refusal;
            // Not in AWS's format: the server that answered cannot judge our credential.
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

    /**
     * Returns a hint for an ARN. A name is looked up where the provider connects, but an ARN only in its own region.
     */
    private static String hint(String name) {
        Matcher arn = ARN.matcher(name);
        return arn.matches()
                ? " (this is an ARN: write the name, '" + arn.group(2) + "', and set region to '" + arn.group(1) + "')"
                : "";
    }

    private static ProviderException exception(String code, int status, String what, @Nullable Duration retryAfter) {
        // Only the code: the service's own text may repeat the request.
        String printable = CODE.matcher(code).matches()
                ? code
                : kind(code, status) == Kind.INVALID_ANSWER
                        ? "the answer is not in AWS's format; check the endpoint and any proxy in front of it"
                        : "unknown error";
        return new ProviderException(
                kind(code, status), what + ": " + printable + " (status " + status + ")", retryAfter);
    }

    private static String printable(String code) {
        return CODE.matcher(code).matches() ? code : "unknown error";
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
        // AWS sends a code with every refusal. Without one, the answer comes from another server, which cannot judge
        // secrets or keys.
        return code.isEmpty() ? Kind.INVALID_ANSWER : Kind.CONFIGURATION;
    }
}
