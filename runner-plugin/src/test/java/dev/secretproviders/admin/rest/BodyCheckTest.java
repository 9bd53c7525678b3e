package dev.secretproviders.admin.rest;

import static dev.secretproviders.admin.rest.Schema.anyOf;
import static dev.secretproviders.admin.rest.Schema.choice;
import static dev.secretproviders.admin.rest.Schema.closed;
import static dev.secretproviders.admin.rest.Schema.list;
import static dev.secretproviders.admin.rest.Schema.map;
import static dev.secretproviders.admin.rest.Schema.nothing;
import static dev.secretproviders.admin.rest.Schema.text;
import static dev.secretproviders.admin.rest.Schema.time;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.admin.PublishedSchemas;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Bodies are checked as the published schema says, and messages help without quoting what was sent. */
class BodyCheckTest {
    private static final int BODIES = 4_000;
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "1",
            "20",
            "1025",
            "-1",
            "3000000000",
            "1.5",
            "''",
            "'x'",
            "'a text'",
            "'vault/prod'",
            "'vault/prod\\n'",
            "'Vault/prod'",
            "'vault/prod-*'",
            "'2027-01-31T12:00:00Z'",
            "'tomorrow'",
            "'hex'",
            "'generate'",
            "'rollback'",
            "'digest'",
            "'viewer'",
            "'\\u0007'",
            "'\ud83d\ude00'",
            "'aws.secretsmanager'",
            "[]",
            "['viewer']",
            "['viewer', 'boss']",
            "['vault/prod-*']",
            "[1]",
            "{}",
            "{'key': 'x'}",
            "{'key': null}",
            "{'key': 1}",
            "{'providers': ['vault/*']}",
            "{'providers': []}",
            "{'providers': null}",
            "{'labels': {'team': 'a'}}",
            "{'labels': {}}",
            "{'labels': {'" + "k".repeat(257) + "': 'a'}}",
            "{'providers': ['vault/*'], 'label': 1}",
            "'" + "x".repeat(101) + "'",
            "'" + "x".repeat(2_049) + "'");

    @Test
    void acceptsExactlyWhatThePublishedSchemaAccepts(@TempDir Path directory) throws Exception {
        Random random = new Random(1);
        try (AdminFixture admin = new AdminFixture(directory)) {
            Map<String, JsonNode> schemas =
                    bodies(admin.get("/admin/openapi.json").json());
            assertThat(schemas).hasSizeGreaterThan(10);
            schemas.forEach((operation, schema) -> {
                var independent = PublishedSchemas.compile(schema);
                List<String> names = names(schema);
                int accepted = 0;
                for (int i = 0; i < BODIES; i++) {
                    ObjectNode body = random.nextBoolean() ? Json.object() : right(schema, random);
                    change(body, names, random);
                    List<String> problems = BodyCheck.problems(schema, body);
                    assertThat(problems.isEmpty())
                            .as(operation + " " + body + ": " + problems)
                            .isEqualTo(independent.validate(body).isEmpty());
                    accepted += problems.isEmpty() ? 1 : 0;
                }
                assertThat(accepted).as(operation).isPositive();
            });
        }
    }

    @Test
    void saysEverythingThatIsWrongAndQuotesNoValue() {
        Schema token = closed().required("name", text(1, 100), "")
                .required("roles", list(choice("viewer", "admin"), 1, 2), "")
                .optional("scope", closed().optional("labels", map(text(), 1, 3), ""), "")
                .optional("expires_at", time().orNull(), "");
        String body = """
            {'nmae': 'canary', 'roles': ['viewr'], 'scope': {'canary': 1, 'labels': {'a': 2}}, 'expires_at': 'canary'}""";

        assertThat(BodyCheck.problems(token.published(), Json.parsed(body)))
                .containsExactlyInAnyOrder(
                        "name: is required, a text of 1 to 100 characters",
                        "nmae: is not a known field; did you mean 'name'?",
                        "roles[0]: expected one of viewer, admin; did you mean 'viewer'?",
                        "scope: there is a field that is not known; known here: labels",
                        "scope.labels.a: expected a text",
                        "expires_at: expected a date and time such as 2027-01-31T12:00:00Z, or null");
    }

    @Test
    void saysWhichFieldsGoTogether() {
        Schema secret = anyOf(
                closed().required("reference", text(), "").optional("path", nothing(), ""),
                closed().required("provider", text(), "").required("path", text(), ""));

        assertThat(problems(secret, "{'provider': 'vault/prod'}"))
                .containsExactly("the body: expected either reference, or provider and path");
        assertThat(problems(secret, "{'reference': 'r', 'path': 'p'}"))
                .containsExactly("path: expected nothing next to the other fields");
        assertThat(problems(secret, "{'reference': 'r', 'path': null}")).isEmpty();
    }

    private static List<String> problems(Schema schema, String body) {
        return BodyCheck.problems(schema.published(), Json.parsed(body));
    }

    /** The schemas of bodies by operation. Objects of managers have a check of their own. */
    private static Map<String, JsonNode> bodies(JsonNode document) {
        Map<String, JsonNode> bodies = new LinkedHashMap<>();
        for (JsonNode path : document.path("paths")) {
            for (JsonNode operation : path) {
                JsonNode schema = operation.at("/requestBody/content/application~1json/schema");
                if (schema.isObject() && !schema.has("$ref")) {
                    JsonNode own = Json.MAPPER.readTree(schema.toString()
                            .replace("{\"$ref\":\"#/components/schemas/Provider\"", "{\"type\":\"object\""));
                    bodies.put(operation.path("operationId").asString(), own);
                }
            }
        }
        return bodies;
    }

    private static List<String> names(JsonNode schema) {
        Collection<String> names = new TreeSet<>(schema.path("properties").propertyNames());
        schema.path("anyOf").forEach(one -> names.addAll(one.path("properties").propertyNames()));
        return new ArrayList<>(names);
    }

    /** Returns a body that has what is required. */
    private static ObjectNode right(JsonNode schema, Random random) {
        JsonNode any = schema.path("anyOf");
        JsonNode wanted = any.isArray() ? any.path(random.nextInt(any.size())) : schema;
        ObjectNode body = Json.object();
        for (JsonNode name : wanted.path("required")) {
            JsonNode property = wanted.path("properties").path(name.asString());
            JsonNode right = property.path("enum").path(0);
            if (right.isMissingNode()) {
                String value = switch (property.path("type").asString("string")) {
                    case "integer" -> "1";
                    case "array" -> "['viewer']";
                    case "object" -> "{'key': 'x'}";
                    default -> "'vault/prod'";
                };
                right = Json.MAPPER.readTree(value.replace('\'', '"'));
            }
            body.set(name.asString(), right);
        }
        return body;
    }

    /** Sets few of the names, as more of them are seldom right together. */
    private static void change(ObjectNode body, List<String> names, Random random) {
        for (String name : names) {
            if (random.nextInt(names.size()) < 2) {
                String value = VALUES.get(random.nextInt(VALUES.size())).replace('\'', '"');
                body.set(name, Json.MAPPER.readTree(value));
            }
        }
        if (random.nextInt(20) == 0) {
            body.put("no_such_field", 1);
        }
    }
}
