package dev.secretproviders.reference.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.reference.template.ValueTemplate.Piece;
import dev.secretproviders.spi.SecretReference;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a configuration of secret-inject says, and what is wrong with it. */
class InjectConfigTest {
    private static String header(String value) {
        return "{\"headers\":{\"Authorization\":\"" + value + "\"}}";
    }

    private static List<Piece> pieces(String value) throws InvalidInjectConfigException {
        return InjectConfig.parse(header(value)).headers().getFirst().value().pieces();
    }

    private static Piece secret(String... alternatives) {
        return new Piece.Secret(new WrittenReference(List.of(alternatives)));
    }

    @Test
    void valueIsTextWithReferences() throws InvalidInjectConfigException {
        assertThat(pieces("Bearer ${secret://vault/prod/billing/token}"))
                .containsExactly(new Piece.Text("Bearer "), secret("$secret://vault/prod/billing/token"));
        assertThat(pieces("a${env://A}-${secret://aws/b/c?version=3}."))
                .containsExactly(
                        new Piece.Text("a"),
                        secret("$env://A"),
                        new Piece.Text("-"),
                        secret("$secret://aws/b/c?version=3"),
                        new Piece.Text("."));
    }

    @Test
    void basicAuthenticationIsWrittenWithBase64() throws InvalidInjectConfigException {
        assertThat(pieces("Basic base64(${secret://vault/prod/erp/user}:${secret://vault/prod/erp/password})"))
                .containsExactly(
                        new Piece.Text("Basic "),
                        new Piece.Base64(List.of(
                                secret("$secret://vault/prod/erp/user"),
                                new Piece.Text(":"),
                                secret("$secret://vault/prod/erp/password"))));
    }

    @Test
    void referenceMayNameAlternativesAndTheConsumer() throws InvalidInjectConfigException {
        InjectConfig config = InjectConfig.parse(
                header("${secret://vault/prod/up/{consumer}/token||secret://vault/prod/up/shared/token}"));

        assertThat(config.perConsumer()).isTrue();
        assertThat(config.headers().getFirst().value().pieces())
                .containsExactly(
                        secret("$secret://vault/prod/up/{consumer}/token", "$secret://vault/prod/up/shared/token"));
        assertThat(WrittenReference.expand("$secret://vault/prod/up/{consumer}/token", "jack"))
                .isEqualTo(SecretReference.parse("$secret://vault/prod/up/jack/token"));
    }

    @ParameterizedTest
    @CsvSource({
        "jack,true",
        "a_b-c.d,true",
        "..,false",
        ".,false",
        "a/b,false",
        "'',false",
        "a?version=1,false",
        "jäck,false"
    })
    void consumerCannotLeaveItsPlaceInThePath(String consumer, boolean can) {
        assertThat(WrittenReference.canStand(consumer)).isEqualTo(can);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "Bearer $secret://vault/prod/a/b # headers.Authorization, character 8: put the reference into braces",
                "$secret://vault/prod/a/b # headers.Authorization, character 1: put the reference into braces",
                "x $ENV://NAME # headers.Authorization, character 3: put the reference into braces",
                "Bearer token # holds no reference; write one as ${secret://manager/id/path}",
                "Bearer ${$secret://vault/prod/a/b} # expected secret:// or env://, without a dollar sign",
                "Bearer ${vault/prod/a} # character 10: expected secret:// or env://",
                "Bearer ${secret://vault/prod/a/b # character 8: the reference is not closed; add }",
                "${secret://vault/prod/a//b} # character 25: a path segment is empty",
                "${secret://vault/prod/../b} # character 23: '.' and '..' are not allowed",
                "${secret://vault/prod/a||} # character 26: expected secret:// or env://",
                "${secret://vault/prod/{user}/b} # character 23: the only placeholder in a reference is {consumer}",
                "${secret://vault/{consumer}/a/b} # character 18: {consumer} may stand in the path only",
                "${secret://env/{consumer}/X} # character 16: {consumer} may stand in the path only",
                "${secret://vault/prod/{consumer}/b?version={consumer}} # character 44: {consumer} may stand in the path only",
                "${secret://vault/prod/a/b?json=/{consumer}} # character 33: {consumer} may stand in the path only",
                "${secret://aws/prod/b?stage=x{consumer}} # character 30: {consumer} may stand in the path only",
                "{consumer}:${env://B} # character 1: {consumer} may stand within ${...} only",
                "a${env://B}base64({consumer}) # character 19: {consumer} may stand within ${...} only",
                "${env://A||env://A||env://A||env://A||env://A||env://A||env://A||env://A||env://A}"
                        + " # character 75: more than 8 alternatives in one reference",
                "base64(a:${env://B} # character 1: base64( is not closed; add )",
                "base64(base64(${env://B})) # character 8: base64( stands within base64(",
                "base64()${env://B} # base64() is empty",
                "schön ${env://B} # character 4: write printable ASCII characters only",
            })
    void wrongValueIsNamedWithItsPositionAndTheRemedy(String value, String message) {
        assertThatThrownBy(() -> InjectConfig.parse(header(value)))
                .isInstanceOf(InvalidInjectConfigException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | names nothing to inject",
                "[] | must be a JSON object",
                "{\"headers\": | not one well-formed JSON object",
                "{\"header\":{}} | unknown field 'header'; did you mean 'headers'?",
                "{\"headers\":{\"X\":1}} | headers.X must be a string",
                "{\"headers\":{\"X\":\"${env://A}\",\"x\":\"${env://A}\"}} | headers.x stands twice",
                "{\"headers\":{\"a b\":\"${env://A}\"}} | a name is not the name of an HTTP header",
                "{\"headers\":{\"Cookie\":\"${env://A}\"}} | write the cookie into the field cookies",
                "{\"headers\":{\"Content_Length\":\"${env://A}\"}} | cannot be injected",
                "{\"headers\":{\"X-Consumer-Username\":\"${env://A}\"}} | cannot be injected",
                "{\"query\":{\"\":\"${env://A}\"}} | query: a name is empty",
                "{\"cookies\":{\"a;b\":\"${env://A}\"}} | cookies: a name is not the name of a cookie",
            })
    void wrongConfigurationIsNamedWithTheRemedy(String json, String message) {
        assertThatThrownBy(() -> InjectConfig.parse(json))
                .isInstanceOf(InvalidInjectConfigException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({
        "a/{consumer}/t,a/jack/t,true",
        "a/{consumer}/t,a/jack/x,false",
        "a/{consumer}/t,a/b/c/t,false",
        "{consumer}/{consumer},jack/jack,true",
        "{consumer}/{consumer},jack/jill,false",
        "a,a,true",
    })
    void placeholderMayMeanThePathOfAnyConsumer(String text, String path, boolean may) {
        assertThat(WrittenReference.mayMean(text, path)).isEqualTo(may);
    }

    @Test
    void longValuesAndManyReferencesAreRefused() throws InvalidInjectConfigException {
        String longest = "x".repeat(8192 - "${env://B}".length()) + "${env://B}";
        assertThat(pieces(longest)).hasSize(2);
        assertThatThrownBy(() -> InjectConfig.parse(header("x" + longest)))
                .isInstanceOf(InvalidInjectConfigException.class)
                .hasMessageContaining(
                        "headers.Authorization, character 8193: the value is longer than 8192 characters; shorten it");

        assertThat(InjectConfig.parse(headers(8)).headers()).hasSize(8);
        assertThatThrownBy(() -> InjectConfig.parse(headers(9)))
                .isInstanceOf(InvalidInjectConfigException.class)
                .hasMessageContaining("names more than 128 references, with alternatives");
    }

    /** Returns a configuration with 16 references in each header. */
    private static String headers(int count) {
        String value = "${env://A||env://B}".repeat(8);
        return IntStream.range(0, count)
                .mapToObj(i -> "\"X-" + i + "\":\"" + value + "\"")
                .collect(Collectors.joining(",", "{\"headers\":{", "}}"));
    }

    @Test
    void messageNeverRepeatsAValue() {
        assertThatThrownBy(() -> InjectConfig.parse(header("Bearer canary-5f1c")))
                .hasMessageNotContaining("canary-5f1c");
        assertThatThrownBy(() -> InjectConfig.parse(header("${canary-5f1c"))).hasMessageNotContaining("canary-5f1c");
    }

    /** APISIX resolves each string that begins so; what it leaves alone is all that this grammar takes. */
    @Property(tries = 2000)
    void noTextThatApisixWouldResolveIsTaken(@ForAll String rest) {
        for (String prefix : List.of("$secret://", "$env://", "$ENV://", "$Secret://")) {
            assertThatThrownBy(() -> ValueTemplate.parse("f", prefix + rest))
                    .isInstanceOf(InvalidInjectConfigException.class);
        }
    }

    @Property(tries = 2000)
    void everyTextIsTakenOrRefusedWithItsField(@ForAll String text) {
        try {
            assertThat(ValueTemplate.parse("headers.X", text).references()).isNotEmpty();
        } catch (InvalidInjectConfigException e) {
            assertThat(e).hasMessageStartingWith("headers.X");
        }
    }
}
