package dev.secretproviders.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whether a secret that is a JSON object has the fields that Jackson finds in it. */
class SecretContentTest {
    private static final JsonMapper JACKSON = new JsonMapper();

    @Test
    void stringsNumbersAndBooleansAreFields() {
        assertThat(
                        fields(
                                " {\"a\": \"x\\u00e9\\n\", \"b\": 12, \"c\": true, \"d\": null, \"e\": {\"f\": 1}, \"g\": [1]} "))
                .isEqualTo(Map.of("a", "xé\n", "b", "12", "c", "true"));
    }

    @Test
    void textThatIsNoObjectHasNoFields() {
        try (SecretContent content = SecretContent.ofWhole(Secret.ofUtf8("a-key"))) {
            assertThat(content.value("a")).isNull();
            assertThat(content.value(null)).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"a\":\"\"}",
                "{\"\":\"x\"}",
                "{\"a\":-0}",
                "{\"a\":-0.0}",
                "{\"a\":1.10}",
                "{\"a\":1e5}",
                "{\"a\":1E-7,\"b\":1e999}",
                "{\"a\":123456789012345678901234567890}",
                "{\"a\":01}",
                "{\"a\":+1}",
                "{\"a\":.5}",
                "{\"a\":1.}",
                "{\"a\":1e}",
                "{\"a\":-}",
                "{\"a\":NaN}",
                "{\"a\":truex}",
                "{\"a\":tru}",
                "{\"a\":\"\\ud83d\\udd11\"}",
                "{\"a\":\"\\ud83d\"}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u00g0\"}",
                "{\"a\":\"\t\"}",
                "{\"a\":\"x}",
                "{\"a\":\"x\\",
                "{\"a\":\"x\"",
                "{\"a\":\"x\",}",
                "{,}",
                "{\"a\" \"x\"}",
                "{a:1}",
                "{'a':1}",
                "{\"a\":1}{}",
                "{\"a\":1} x",
                "{\"a\":1,\"a\":2}",
                "{\"a\":1,\"a\":null}",
                "{\"a\":1,\"a\":{}}",
                "{\"a\":[1,2,]}",
                "{\"a\":[1 2]}",
                "{\"a\":[],\"b\":{\"c\":[{\"d\":\"}\"}]},\"e\":\"f\"}",
                "{\"a\":1 /* no */}",
                "[{\"a\":1}]",
                "\"a\"",
                "{",
                "{\"a\":"
            })
    void readsWhatJacksonReads(String json) {
        assertThat(fields(json)).isEqualTo(byJackson(json));
    }

    @Test
    void depthHasALimit() {
        String deep = "{\"a\":\"x\",\"b\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";

        assertThat(fields(deep)).isEmpty();
        assertThat(fields("{\"a\":\"x\",\"b\":" + "[".repeat(400) + "]".repeat(400) + "}"))
                .isEqualTo(Map.of("a", "x"));
    }

    @Test
    void bytesThatAreNoUtf8HaveNoFields() {
        byte[] bytes = "{\"a\":\"x\"}".getBytes(StandardCharsets.UTF_8);
        bytes[6] = (byte) 0xff;

        try (SecretContent content = SecretContent.ofWhole(Secret.owning(bytes))) {
            assertThat(content.value("a")).isNull();
        }
    }

    @Property
    void readsWhatJacksonReads(@ForAll("documents") List<String> pieces) {
        String json = "{" + String.join("", pieces);

        assertThat(fields(json)).isEqualTo(byJackson(json));
    }

    @Property
    void everyValueComesBack(@ForAll Map<String, String> values) {
        Map<String, String> whole = new LinkedHashMap<>(values);
        whole.keySet().removeIf(SecretContentTest::isBroken);
        whole.values().removeIf(SecretContentTest::isBroken);

        assertThat(fields(JACKSON.writeValueAsString(whole))).isEqualTo(whole);
    }

    @Provide
    Arbitrary<List<String>> documents() {
        return Arbitraries.of(
                        "\"a\":",
                        "\"b\":",
                        "\"x\"",
                        "1",
                        "-2.50",
                        "true",
                        "null",
                        "{",
                        "}",
                        "}",
                        "[",
                        "]",
                        ",",
                        ",",
                        " ",
                        "\"\\\"\"",
                        "\\",
                        "é")
                .list()
                .ofMaxSize(14);
    }

    /** Half of a surrogate pair has no UTF-8. */
    private static boolean isBroken(String text) {
        return !StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    private static Map<String, String> fields(String whole) {
        Map<String, String> found = new LinkedHashMap<>();
        try (SecretContent content = SecretContent.ofWhole(Secret.ofUtf8(whole))) {
            content.forEach((name, value) -> {
                if (name != null) {
                    found.put(name, value.reveal());
                }
            });
        }
        return found;
    }

    private static Map<String, String> byJackson(String json) {
        Map<String, String> found = new LinkedHashMap<>();
        JsonNode tree;
        try {
            tree = JACKSON.readTree(json.getBytes(StandardCharsets.UTF_8));
        } catch (JacksonException e) {
            return found;
        }
        if (tree.isObject()) {
            for (Map.Entry<String, JsonNode> field : tree.properties()) {
                if (field.getValue().isValueNode() && !field.getValue().isNull()) {
                    found.put(
                            field.getKey(),
                            new String(
                                    field.getValue().asString().getBytes(StandardCharsets.UTF_8),
                                    StandardCharsets.UTF_8));
                }
            }
        }
        return found;
    }
}
