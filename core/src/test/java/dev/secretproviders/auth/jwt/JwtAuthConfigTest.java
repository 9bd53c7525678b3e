package dev.secretproviders.auth.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.auth.jwt.JwtClaims.TimeClaim;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.RouteOptions;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The JSON of a route is checked as strictly as by APISIX's schema of jwt-auth. Unknown fields are refused, too. */
class JwtAuthConfigTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "{\"claims_to_verify\":[],\"store_in_ctx\":false}"})
    void defaultsAreNativeJwtAuths(String json) throws Exception {
        assertThat(JwtAuthConfig.parse(json))
                .isEqualTo(new JwtAuthConfig(
                        "authorization", "jwt", "jwt", "key", Set.of(), new RouteOptions(false, "jwt", null, false)));
    }

    @Test
    void everyFieldIsRead() throws Exception {
        assertThat(JwtAuthConfig.parse("""
                        {"header":"X-Token","query":"t","cookie":"session","key_claim_name":"iss",
                         "claims_to_verify":["nbf","exp"],"hide_credentials":true,"realm":"a b!",
                         "anonymous_consumer":"guest","remove_look_alikes":true}"""))
                .isEqualTo(new JwtAuthConfig(
                        "x-token",
                        "t",
                        "session",
                        "iss",
                        Set.of(TimeClaim.EXP, TimeClaim.NBF),
                        new RouteOptions(true, "a b!", "guest", true)));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            delimiter = '|',
            value = {
                "{`headers`:`x`}|unknown field 'headers'",
                "{`header`:`a b`}|header must be the name of an HTTP header",
                "{`query`:``}|query must be a string that is not empty",
                "{`cookie`:1}|cookie must be a string that is not empty",
                "{`key_claim_name`:``}|key_claim_name must be a string that is not empty",
                "{`claims_to_verify`:`exp`}|claims_to_verify must be a list of strings",
                "{`claims_to_verify`:[`iat`]}|claims_to_verify must be a list of exp and nbf, each once",
                "{`claims_to_verify`:[`exp`,`exp`]}|claims_to_verify must be a list of exp and nbf, each once",
                "{`store_in_ctx`:true}|store_in_ctx must be false",
                "{`store_in_ctx`:1}|store_in_ctx must be true or false",
                "{`realm`:``}|realm must be a string"
            })
    void errorsNameTheFieldAndTheRemedy(String json, String problem) {
        assertThatThrownBy(() -> JwtAuthConfig.parse(json.replace('`', '"')))
                .isInstanceOf(InvalidAuthConfigException.class)
                .hasMessageContaining(problem)
                .hasNoCause();
    }
}
