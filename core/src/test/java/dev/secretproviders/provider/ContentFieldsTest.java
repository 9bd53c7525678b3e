package dev.secretproviders.provider;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.provider.shared.JsonFields;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretContent;
import dev.secretproviders.validity.Validity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which values a secret has by name, as a manager returned them or in a whole that is a JSON object. */
class ContentFieldsTest {
    @Test
    void stringsNumbersAndBooleansOfAJsonObjectAreFields() {
        assertThat(
                        fields(
                                " {\"a\": \"x\\u00e9\\n\", \"b\": 12, \"c\": true, \"d\": null, \"e\": {\"f\": 1}, \"g\": [1], \"\": \"\"} "))
                .isEqualTo(Map.of("a", "xé\n", "b", "12", "c", "true", "", ""));
    }

    /** Without them, the credential would count at any time. */
    @Test
    void limitsThatAreListsOrObjectsAreFieldsThatCannotBeRead() {
        assertThat(JsonFields.LIMITS).isEqualTo(Validity.NAMES);
        for (String limit : Validity.NAMES) {
            for (String value : List.of("[1000]", "{\"at\":1000}", "[]", "{}")) {
                Map<String, String> fields = fields("{\"key\": \"k\", \"" + limit + "\": " + value + "}");
                assertThat(fields).isEqualTo(Map.of("key", "k", limit, value));
                assertThat(Validity.ofFields(fields::get).at(0)).isEqualTo(Validity.State.UNREADABLE);
            }
        }
        assertThat(fields("{\"expires_at\": null}")).as("says nothing").isEmpty();
    }

    @Test
    void jsonMayBeUtf16() {
        assertThat(fields("{\"a\": \"é\"}".getBytes(UTF_16LE))).isEqualTo(Map.of("a", "é"));
        assertThat(fields("\uFEFF{\"a\": \"é\"}".getBytes(UTF_16BE)))
                .as("with a mark first it is no object")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a-key",
                "\"a\"",
                "[{\"a\":1}]",
                "{",
                "{\"a\":",
                "{\"a\":1}{}",
                "{\"a\":1} x",
                "{a:1}",
                "{\"a\":01}"
            })
    void textThatIsNoObjectHasNoFields(String text) {
        assertThat(fields(text)).isEmpty();
        try (ContentFields fields = ContentFields.of(SecretContent.ofWhole(Secret.ofUtf8(text)))) {
            assertThat(fields.value(null)).isNotNull();
            assertThat(fields.value("a")).isNull();
        }
    }

    @Test
    void bytesThatAreNoTextHaveNoFields() {
        byte[] bytes = "{\"a\":\"x\"}".getBytes(UTF_8);
        bytes[6] = (byte) 0xff;

        assertThat(fields(bytes)).isEmpty();
    }

    /** Whatever is nested that deeply is no credential, and must not use up the stack. */
    @Test
    void depthHasALimit() {
        assertThat(fields("{\"a\":\"x\",\"b\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}"))
                .isEmpty();
    }

    @Test
    void fieldsOfTheManagerAreNotSearchedForMore() {
        try (ContentFields fields =
                ContentFields.of(SecretContent.ofFields(Map.of("json", Secret.ofUtf8("{\"a\": \"x\"}"))))) {
            assertThat(fields.value("json")).isNotNull();
            assertThat(fields.value("a")).isNull();
            assertThat(fields.value(null)).isNull();
        }
    }

    @Test
    void closingWipesEveryValue() {
        List<Secret> met = new ArrayList<>();
        try (ContentFields fields = ContentFields.of(SecretContent.ofWhole(Secret.ofUtf8("{\"a\": \"x\"}")))) {
            fields.forEach((_, value) -> met.add(value));
        }

        assertThat(met)
                .hasSize(2)
                .allSatisfy(value -> assertThatThrownBy(value::reveal).isInstanceOf(IllegalStateException.class));
    }

    private static Map<String, String> fields(String whole) {
        return fields(whole.getBytes(UTF_8));
    }

    private static Map<String, String> fields(byte[] whole) {
        Map<String, String> found = new HashMap<>();
        try (ContentFields fields = ContentFields.of(SecretContent.ofWhole(Secret.owning(whole)))) {
            fields.forEach((name, value) -> {
                if (name != null) {
                    found.put(name, value.reveal());
                    assertThat(fields.value(name)).isSameAs(value);
                }
            });
        }
        return found;
    }
}
