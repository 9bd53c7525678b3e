package dev.secretproviders.app.cli.declared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.app.cli.document.Written;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

class DifferencesTest {
    private static final SecretFields SECRETS = SecretFields.of(json("""
            {'properties': {
              'uri': {'type': 'string'}, 'gone': {}, 'new': {'items': {}}, 'a': {'properties': {'b': {}}},
              'labels': {'additionalProperties': {'type': 'string'}},
              'token': {'writeOnly': true},
              'auth': {'properties': {'user': {}, 'password': {'writeOnly': true}}},
              'more': {'items': {'properties': {'key': {'writeOnly': true}}}}}}"""));

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    private static List<FieldChange> between(String before, String after) {
        return Differences.between(json(before), json(after), Written.NOWHERE, SECRETS);
    }

    @Test
    void eachFieldThatDiffersIsNamedWithItsPath() {
        assertThat(between(
                        "{'uri': 'a', 'auth': {'user': 'u'}, 'gone': 1}",
                        "{'uri': 'b', 'auth': {'user': 'v'}, 'new': [1]}"))
                .containsExactly(
                        new FieldChange("auth.user", "u", "v"),
                        new FieldChange("gone", "1", null),
                        new FieldChange("new", null, "[1]"),
                        new FieldChange("uri", "a", "b"));
        assertThat(between("{'a': {'b': 1}}", "{'a': {'b': 1}}")).isEmpty();
    }

    @Test
    void secretsAreNeverShownAndReferencesAre() {
        assertThat(between("{'token': '***'}", "{'token': 'canary'}"))
                .containsExactly(new FieldChange("token", "***", "***"));
        assertThat(between("{'token': '$env://A'}", "{'token': 'canary'}"))
                .containsExactly(new FieldChange("token", "$env://A", "***"));
        assertThat(between("{}", "{'auth': {'password': 'canary'}, 'more': [{'key': 'canary'}]}"))
                .containsExactly(new FieldChange("auth.password", null, "***"), new FieldChange("more", null, "***"));
        // A section in place of a text, or the other way round.
        assertThat(between("{'auth': '***'}", "{'auth': {'password': 'canary'}}")
                        .toString())
                .doesNotContain("canary");
        assertThat(between("{}", "{'uri': 'https://canary:canary@vault/'}"))
                .containsExactly(new FieldChange("uri", null, "https://***@vault/"));
        // What may be a misspelled name of a secret.
        assertThat(between("{}", "{'tokn': 'canary', 'new': [{'key': 'canary'}], 'labels': {'a': 'b'}}"))
                .containsExactly(
                        new FieldChange("labels.a", null, "b"),
                        new FieldChange("new", null, "***"),
                        new FieldChange("tokn", null, "***"));
        assertThat(between("{'other': {'x': '***'}}", "{'other': 'canary'}").toString())
                .doesNotContain("canary");
    }

    @Test
    void withoutASchemaNoValueIsShown() {
        assertThat(Differences.between(
                        MissingNode.getInstance(),
                        json("{'a': 'canary', 'b': '$env://B'}"),
                        Written.NOWHERE,
                        SecretFields.UNKNOWN))
                .containsExactly(new FieldChange("a", null, "***"), new FieldChange("b", null, "$env://B"));
    }
}
