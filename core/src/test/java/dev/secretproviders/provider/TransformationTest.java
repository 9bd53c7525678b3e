package dev.secretproviders.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.Transform;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What transforms make of a value. */
class TransformationTest {
    /** The example of RFC 6901, section 5. */
    private static final String RFC_6901 = """
            {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\\\j": 5, "k\\"l": 6, " ": 7,
             "m~n": 8}""";

    private static String apply(String transforms, String value) throws UnfitValueException {
        try (Secret secret = Secret.ofUtf8(value);
                Secret result = Transformation.apply(Transform.parse(transforms), secret)) {
            return result.reveal();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            quoteCharacter = '`',
            value = {
                "/foo [\"bar\",\"baz\"]",
                "/foo/0 bar",
                "/ 0",
                "/a~1b 1",
                "/c%25d 2",
                "/e^f 3",
                "/g%7Ch 4",
                "/i%5Cj 5",
                "/k\"l 6",
                "/%20 7",
                "/m~0n 8"
            })
    void pointerFindsWhatTheRfcSays(String pointer, String expected) throws UnfitValueException {
        assertThat(apply("json=" + pointer, RFC_6901)).isEqualTo(expected);
    }

    @Test
    void whatAPointerFindsIsTextOrJson() throws UnfitValueException {
        String document = "{\"text\":\"a\\u00e4\\n\",\"yes\":true,\"whole\":120,\"keys\":{\"keys\":[{\"kid\":\"1\"}]}}";
        assertThat(apply("json=/text", document)).isEqualTo("aä\n");
        assertThat(apply("json=/yes", document)).isEqualTo("true");
        assertThat(apply("json=/whole", document)).isEqualTo("120");
        assertThat(apply("json=/keys", document)).isEqualTo("{\"keys\":[{\"kid\":\"1\"}]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/other", "/list/2", "/list/-", "/list/00", "/text/a", "/nothing", "/"})
    void pointerToNothingIsSaidWithoutTheValue(String pointer) {
        assertThatThrownBy(
                        () -> apply("json=" + pointer, "{\"text\":\"canary\",\"list\":[\"canary\"],\"nothing\":null}"))
                .isInstanceOf(UnfitValueException.class)
                .hasMessage("'json=" + pointer + "' points at nothing in the value");
    }

    @ParameterizedTest
    @ValueSource(strings = {"canary", "{\"canary\":", "{\"canary\":1} canary", "{\"canary\" 1}"})
    void valueThatIsNotJsonIsSaidWithoutTheValue(String value) {
        assertThatThrownBy(() -> apply("json=/a", value))
                .isInstanceOf(UnfitValueException.class)
                .hasMessageContaining("not JSON")
                .hasNoCause()
                .message()
                .doesNotContain("canary");
    }

    @ParameterizedTest
    @CsvSource({"/+8=, 2", "_-8=, 2", "/+8, 2", "_-8, 2", "YQ==, 1", "YQ, 1"})
    void bothAlphabetsAreDecodedWithOrWithoutPadding(String text, int length) throws UnfitValueException {
        try (Secret secret = Secret.ofUtf8(text);
                Secret result = Transformation.apply(Transform.parse("decode=base64"), secret)) {
            assertThat(result.length()).isEqualTo(length);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"canary!", "Y", "YQ=Q", "Y Q", "YQ===", "YW\nE="})
    void otherTextIsNotBase64(String text) {
        assertThatThrownBy(() -> apply("decode=base64", text))
                .isInstanceOf(UnfitValueException.class)
                .hasMessage("'decode=base64' needs base64, but the value is not base64")
                .hasNoCause();
    }

    @Test
    void whiteSpaceAtTheEndsIsNamedAsTheReason() throws UnfitValueException {
        assertThatThrownBy(() -> apply("decode=base64", "YQ==\n")).hasMessageContaining("write trim before it");
        assertThat(apply("trim&decode=base64", "YQ==\n")).isEqualTo("a");
    }

    @Test
    void onlyWhiteSpaceOfAsciiAtTheEndsIsTrimmed() throws UnfitValueException {
        assertThat(apply("trim", " \t\r\n\f\u000ba b\u00a0\u2003 \n")).isEqualTo("a b\u00a0\u2003");
        assertThat(apply("trim", " \n")).isEmpty();
        assertThat(apply("trim", "\u0000a\u0000")).isEqualTo("\u0000a\u0000");
    }

    @Test
    void transformsAreAppliedInTheirOrder() throws UnfitValueException {
        String inner = Base64.getEncoder().encodeToString("{\"key\":\" a \"}".getBytes(StandardCharsets.UTF_8));
        assertThat(apply("json=/data&decode=base64&json=/key&trim", "{\"data\":\"" + inner + "\"}"))
                .isEqualTo("a");
    }

    @Property
    void everyValueIsDecodedFromItsEncodings(@ForAll byte[] value) throws UnfitValueException {
        for (Base64.Encoder encoder : new Base64.Encoder[] {
            Base64.getEncoder(),
            Base64.getUrlEncoder(),
            Base64.getEncoder().withoutPadding(),
            Base64.getUrlEncoder().withoutPadding()
        }) {
            try (Secret secret = Secret.owning(encoder.encode(value));
                    Secret result = Transformation.apply(Transform.parse("decode=base64"), secret)) {
                assertThat(result.use(byte[]::clone)).isEqualTo(value);
                assertThat(secret.use(byte[]::clone)).as("stays as it is").isEqualTo(encoder.encode(value));
            }
        }
    }
}
