package dev.secretproviders.provider.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What moto never answers. Codes from AWS's API reference of Secrets Manager. */
final class AwsErrorsTest {

    @ParameterizedTest
    @CsvSource({
        "UnrecognizedClientException,400,AUTHENTICATION",
        "InvalidSignatureException,400,AUTHENTICATION",
        "ExpiredTokenException,400,AUTHENTICATION",
        "AccessDeniedException,400,PERMISSION",
        "DecryptionFailure,400,PERMISSION",
        "ThrottlingException,400,THROTTLED",
        "SomethingElse,429,THROTTLED",
        "InternalServiceError,500,UNAVAILABLE",
        "SomethingElse,503,UNAVAILABLE",
        "InvalidRequestException,400,CONFIGURATION",
        "ValidationException,400,CONFIGURATION",
        "SomethingElse,403,CONFIGURATION",
        // Not AWS's form: a proxy's. It knows neither secrets nor keys.
        "'',401,INVALID_ANSWER",
        "'',403,INVALID_ANSWER",
        "'',404,INVALID_ANSWER"
    })
    void codeTellsWhy(String code, int status, Kind kind) {
        FetchResult result = AwsErrors.result(code, "canary", status, "name");

        assertThat(result).isInstanceOfSatisfying(FetchResult.Failed.class, failed -> {
            assertThat(failed.cause().kind()).isEqualTo(kind);
            assertThat(failed.cause()).hasMessageContaining(code).hasMessageNotContaining("canary");
        });
    }

    @Test
    void secretThatAwsDeletesIsGone() {
        assertThat(AwsErrors.result(
                        "InvalidRequestException",
                        "You can't perform this operation on the secret because it was marked for deletion.",
                        400,
                        "name"))
                .isInstanceOf(FetchResult.Gone.class);
    }

    @Test
    void codeThatIsNoCodeIsNotRepeated() {
        assertThat(((FetchResult.Failed) AwsErrors.result("canary body {", null, 400, "name")).cause())
                .hasMessageContaining("unknown error")
                .hasMessageNotContaining("canary");
    }

    @ParameterizedTest
    @CsvSource({
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:apisix/jack-AbCdEf,apisix/jack",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:apisix/jack-AbCdEf/key,apisix/jack",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:jack,jack"
    })
    void arnIsAnsweredWithNameAndRegion(String arn, String name) {
        assertThat(AwsErrors.result("ResourceNotFoundException", null, 400, arn))
                .asString()
                .contains("write the name, '" + name + "'", "set region to 'eu-west-1'");
        assertThat(AwsErrors.result("ValidationException", null, 400, arn))
                .isInstanceOfSatisfying(
                        FetchResult.Failed.class,
                        failed -> assertThat(failed.cause()).hasMessageContaining("write the name"));
    }
}
