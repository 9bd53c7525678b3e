package dev.secretproviders.auth.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.RouteOptions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The JSON of a route is checked as strictly as by APISIX's schema of key-auth. Unknown fields are refused, too. */
class KeyAuthConfigTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "{}"})
    void defaultsAreNativeKeyAuths(String json) throws Exception {
        assertThat(KeyAuthConfig.parse(json))
                .isEqualTo(new KeyAuthConfig(
                        "apikey", "apikey", List.of(), false, null, new RouteOptions(false, "key", null, false)));
    }

    @Test
    void everyFieldIsRead() throws Exception {
        assertThat(KeyAuthConfig.parse("""
                        {"header":"X-API-Key","query":"Key","hide_credentials":true,"realm":"a b!",
                         "anonymous_consumer":"guest","remove_look_alikes":true}"""))
                .isEqualTo(new KeyAuthConfig(
                        "x-api-key", "Key", List.of(), false, null, new RouteOptions(true, "a b!", "guest", true)));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            delimiter = '|',
            value = {
                "{`heads`:`x`}|unknown field 'heads'",
                "{`Header`:`x`}|unknown field 'Header'",
                "{`header`:1}|header must be a string",
                "{`header`:null}|header must be a string",
                "{`header`:``}|header must be a string that is not empty",
                "{`header`:`a b`}|header must be the name of an HTTP header",
                "{`header`:`a\\r\\nb`}|header must be the name of an HTTP header",
                "{`query`:[`a`]}|query must be a string",
                "{`query`:``}|query must be a string that is not empty",
                "{`hide_credentials`:`true`}|hide_credentials must be true or false",
                "{`hide_credentials`:null}|hide_credentials must be true or false",
                "{`realm`:{}}|realm must be a string",
                "{`realm`:``}|realm must be a string",
                "{`realm`:`a\\`b`}|realm must be 1 to 128 printable ASCII characters",
                "{`realm`:`a\\\\b`}|realm must be 1 to 128 printable ASCII characters",
                "{`realm`:`caf\u00e9`}|realm must be 1 to 128 printable ASCII characters",
                "{`realm`:`a\\nb`}|realm must be 1 to 128 printable ASCII characters",
                "{`anonymous_consumer`:``}|anonymous_consumer must be a string that is not empty",
                "{`anonymous_consumer`:false}|anonymous_consumer must be a string",
                "{`header`:`a`,`header`:`b`}|each field once (line 1, column",
                "{} {}|not one well-formed JSON object",
                "{`header`:`a`}x|not one well-formed JSON object",
                "{`header`|not one well-formed JSON object",
                "[]|the value must be a JSON object",
                "`apikey`|the value must be a JSON object",
                "null|the value must be a JSON object",
                "true|the value must be a JSON object"
            })
    void errorsNameTheFieldAndTheRemedy(String json, String problem) {
        assertThatThrownBy(() -> KeyAuthConfig.parse(json.replace('`', '"')))
                .isInstanceOf(InvalidAuthConfigException.class)
                .hasMessageContaining(problem)
                .hasNoCause();
    }

    @Test
    void realmHasAtMost128Characters() throws Exception {
        assertThat(KeyAuthConfig.parse("{\"realm\":\"" + "r".repeat(128) + "\"}")
                        .options()
                        .realm())
                .hasSize(128);
        assertThatThrownBy(() -> KeyAuthConfig.parse("{\"realm\":\"" + "r".repeat(129) + "\"}"))
                .hasMessageContaining("realm");
    }

    @Test
    void deeplyNestedJsonIsAnErrorAndNothingWorse() {
        assertThatThrownBy(() -> KeyAuthConfig.parse("{\"header\":" + "[".repeat(100_000)))
                .isInstanceOf(InvalidAuthConfigException.class);
    }
}
