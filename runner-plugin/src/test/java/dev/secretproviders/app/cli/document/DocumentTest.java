package dev.secretproviders.app.cli.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class DocumentTest {
    @TempDir
    Path directory;

    private List<Document> read(String name, String text) throws IOException, DocumentException {
        return Document.readAll(Files.writeString(directory.resolve(name), text));
    }

    @Test
    void everyTextOfEveryDocumentKnowsItsLine() throws Exception {
        List<Document> documents = read("a.yaml", """
                # a comment
                a: one
                ---
                b:
                  - two
                  - {c: "three"}
                ---
                """);

        assertThat(documents).hasSize(2);
        Document first = documents.getFirst();
        Document second = documents.getLast();
        assertThat(first.place(first.root().path("a"))).endsWith("a.yaml:2");
        assertThat(second.line(second.root().path("b").get(0))).isEqualTo(5);
        assertThat(second.line(second.root().path("b").get(1).path("c"))).isEqualTo(6);
    }

    @Test
    void jsonMayBeIndentedByTabs() throws Exception {
        Document document =
                read("a.json", "{\n\t\"a\": [1, 2.5, true, null,\n\t\"x\"]}").getFirst();

        assertThat(document.root().toString()).isEqualTo("{\"a\":[1,2.5,true,null,\"x\"]}");
        assertThat(document.line(document.root().path("a").get(4))).isEqualTo(3);
    }

    @Test
    void aliasesAreRepeatedAndMergeKeysMerged() throws Exception {
        JsonNode root = read("a.yaml", """
                base: &base {a: 1, b: two}
                more:
                  <<: *base
                  b: three
                again: *base
                """).getFirst().root();

        assertThat(root.path("more").toString()).isEqualTo("{\"b\":\"three\",\"a\":1}");
        assertThat(root.path("again")).isEqualTo(root.path("base"));
    }

    @ParameterizedTest
    @CsvSource({
        "a.yaml, 'a: canary-key\nb: [canary-key', a.yaml:2, not well-formed YAML",
        "a.yaml, 'a: 1\na: canary-key', a.yaml:2, is there twice",
        "a.yaml, '? [canary-key]\n: b', a.yaml:1, must be a text",
        "a.json, '{\"a\": \"canary-key\",}', a.json:1, not well-formed JSON",
        "a.json, '{} {}', a.json:1, more after the end",
        "a.json, '{\"a\": 1, \"a\": \"canary-key\"}', a.json:1, a field is there twice"
    })
    void whatCannotBeReadIsNamedByItsLineAndNotQuoted(String name, String text, String place, String problem) {
        assertThatThrownBy(() -> read(name, text))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining(place)
                .hasMessageContaining(problem)
                .hasMessageNotContaining("canary-key");
    }

    @Test
    void aliasesThatMultiplyAreRefused() {
        StringBuilder text = new StringBuilder("a0: &a0 [1, 2]\n");
        for (int i = 1; i < 40; i++) {
            text.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
        }

        assertThatThrownBy(() -> read("a.yaml", text.toString())).hasMessageContaining("too many values");
        assertThatThrownBy(() -> read("a.yaml", "[".repeat(5_000))).isInstanceOf(DocumentException.class);
        assertThatThrownBy(() -> read("a.yaml", "a: &a [*a]")).isInstanceOf(DocumentException.class);
    }

    @Test
    void variablesAreThoseOfTheReaderOfTheFile() {
        Map<String, String> environment = Map.of("HOST", "here$1");
        Variables apisix = Variables.ofApisix(environment);
        Variables adc = Variables.ofAdc(environment);

        assertThat(apisix.substitute("a ${{ HOST }} ${{NONE:=b}} ${HOST}")).isEqualTo("a here$1 b ${HOST}");
        assertThat(apisix.unset("${{HOST}} ${{NONE:=b}} ${{GONE}}")).containsExactly("GONE");
        assertThat(adc.substitute("a ${HOST} \\${HOST} ${secret://vault/a/b}"))
                .isEqualTo("a here$1 \\${HOST} ${secret://vault/a/b}");
        assertThat(adc.unset("${HOST} ${GONE} \\${OTHER}")).containsExactly("GONE");
        assertThat(Variables.ofApisix(Map.of("A", "\uFFFDx", "B", "b")).damaged("${{A}} ${{B}} ${{C}}"))
                .containsExactly("A");
        assertThat(Variables.none().substitute("${{HOST}} ${HOST}")).isEqualTo("${{HOST}} ${HOST}");
        assertThat(Variables.none().unset("${{GONE}}")).isEmpty();
    }
}
