package dev.secretproviders.auth.hmac;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.auth.route.InvalidAuthConfigException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A route's configuration has the fields, defaults and limits of hmac-auth in APISIX 3.18. */
class HmacAuthConfigTest {
    @Test
    void defaultsAreThoseOfApisix() throws Exception {
        HmacAuthConfig config = HmacAuthConfig.parse("{}");
        assertThat(config.algorithms()).containsExactlyInAnyOrder(HmacAlgorithm.values());
        assertThat(config.clockSkew()).isEqualTo(300);
        assertThat(config.signedHeaders())
                .extracting(name -> new String(name, StandardCharsets.UTF_8))
                .containsExactly("date");
        assertThat(config.validateRequestBody()).isFalse();
        assertThat(config.maxReqBodySize()).isEqualTo(67_108_864);
        assertThat(config.replayWindow()).isZero();
        assertThat(config.options().realm()).isEqualTo("hmac");
        assertThat(config.options().hideCredentials()).isFalse();
        assertThat(config.options().anonymousConsumer()).isNull();
    }

    @Test
    void emptyListOfSignedHeadersLiftsTheDemand() throws Exception {
        assertThat(HmacAuthConfig.parse("{\"signed_headers\":[]}").signedHeaders())
                .isEmpty();
    }

    @Test
    void windowMayBeTwiceTheSkew() throws Exception {
        assertThat(HmacAuthConfig.parse("{\"replay_window\":60,\"clock_skew\":30,\"signed_headers\":[\"Date\"]}")
                        .replayWindow())
                .isEqualTo(60);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | the value must be a JSON object",
                "{\"clock_skw\":3} | unknown field 'clock_skw'",
                "{\"clock_skew\":0} | clock_skew must be a whole number from 1",
                "{\"clock_skew\":1.5} | clock_skew must be a whole number",
                "{\"allowed_algorithms\":[]} | allowed_algorithms is empty; list at least one of hmac-sha1, hmac-sha256, hmac-sha512",
                "{\"allowed_algorithms\":[\"hmac-md5\"]} | allowed_algorithms holds an unknown algorithm; known are hmac-sha1, hmac-sha256, hmac-sha512",
                "{\"allowed_algorithms\":\"hmac-sha1\"} | allowed_algorithms must be a list",
                "{\"signed_headers\":[\"\"]} | signed_headers must be a list of strings that are not empty",
                "{\"signed_headers\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]} | signed_headers holds a name of more than 50 characters",
                "{\"validate_request_body\":1} | validate_request_body must be true or false",
                "{\"max_req_body_size\":0} | max_req_body_size must be a whole number from 1",
                "{\"replay_window\":0} | replay_window must be a whole number from 1 to 86400",
                "{\"replay_window\":599} | write at least 600 or reduce clock_skew",
                "{\"replay_window\":600,\"signed_headers\":[\"x-a\"]} | replay_window needs date in signed_headers",
            })
    void wrongFieldIsNamedWithTheRemedy(String json, String message) {
        assertThatThrownBy(() -> HmacAuthConfig.parse(json))
                .isInstanceOf(InvalidAuthConfigException.class)
                .hasMessageContaining(message);
    }
}
