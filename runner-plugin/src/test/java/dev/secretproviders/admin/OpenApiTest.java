package dev.secretproviders.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture.Answer;
import dev.secretproviders.admin.rest.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The OpenAPI document matches what the running server does. */
class OpenApiTest {
    private static final Map<String, String> REQUIRED = Map.of(
            "env", "{}",
            "fake", "{'script': '/tmp/script.yaml'}",
            "file", "{'directory': '/tmp'}",
            "local", "{}",
            "vault", "{'uri': 'http://127.0.0.1:1', 'token': 'a-token'}",
            "aws", "{'timeout': '100ms'}",
            "gcp", "{'project_id': 'my-project', 'timeout': '100ms'}",
            "kubernetes", "{'timeout': '100ms'}",
            "azure",
                    "{'vault_uri': 'https://my-vault.vault.azure.net', 'timeout': '100ms', 'auth': {'method': 'client_secret', 'tenant_id': 't', 'client_id': 'c', 'client_secret': 's'}}");

    @TempDir
    private Path directory;

    private AdminFixture admin;
    private JsonNode document;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory);
        document = admin.get("/admin/openapi.json").expect(200).json();
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    @Test
    void everyOperationHasANameOfItsOwnAndSaysWhatItTakes() {
        assertThat(document.path("openapi").asString()).isEqualTo("3.1.0");
        Set<String> names = new HashSet<>();
        operations((method, path, operation) -> {
            assertThat(names.add(operation.path("operationId").asString()))
                    .as(path)
                    .isTrue();
            assertThat(operation.path("summary").asString()).as(path).isNotEmpty();
            List<String> declared = operation
                    .path("parameters")
                    .valueStream()
                    .filter(parameter -> parameter.path("in").asString().equals("path"))
                    .map(parameter -> parameter.path("name").asString())
                    .toList();
            Matcher variables = Pattern.compile("\\{([^}]*)}").matcher(path);
            assertThat(declared)
                    .as(path)
                    .containsExactlyElementsOf(
                            variables.results().map(found -> found.group(1)).toList());
            operation.path("responses").properties().stream()
                    .filter(response -> !response.getKey().equals("204"))
                    .forEach(response -> assertThat(
                                    response.getValue().at("/content").isEmpty())
                            .as(path + " " + response.getKey())
                            .isFalse());
            assertThat(operation.path("responses").propertyNames())
                    .as(path)
                    .contains("401")
                    .anyMatch(status -> status.startsWith("2"));
        });
        assertThat(names).hasSameSizeAs(admin.api.endpoints());
    }

    @Test
    void everyReferenceWithinTheDocumentLeadsSomewhere() {
        document.findValues("$ref")
                .forEach(reference -> assertThat(
                                document.at(reference.asString().substring(1)).isMissingNode())
                        .as(reference.asString())
                        .isFalse());
    }

    @Test
    void serverAnswersOnlyWithWhatIsDeclared() {
        List<String> undeclared = new ArrayList<>();
        String viewer = admin.token("viewer", "");
        // Not the first token, because one of the operations ends it.
        String every = admin.token("admin", "");
        operations((method, path, operation) -> {
            Set<String> declared = new HashSet<>(operation.path("responses").propertyNames());
            String filled = path.replace("{manager}", "file").replaceAll("\\{[^}]*}", "absent");
            for (String token : List.of(every, viewer)) {
                for (String body : List.of("{}", "{\"x\": 1}", "[")) {
                    for (String query : List.of("", "?no_such_parameter=1")) {
                        Answer answer =
                                admin.raw(token, method, filled + query, operation.has("requestBody") ? body : null);
                        if (!declared.contains(Integer.toString(answer.status()))) {
                            undeclared.add(answer.status() + " of " + method + " " + path + ": " + answer.text());
                        }
                        if (answer.status() >= 400) {
                            assertThat(answer.json().path("error_msg").isString())
                                    .as(path)
                                    .isTrue();
                        }
                    }
                }
            }
        });
        assertThat(undeclared).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"env", "fake", "file", "local", "vault", "aws", "gcp", "kubernetes", "azure"})
    void schemaOfAManagerIsWhatTheServerAccepts(String manager) {
        JsonNode schema = document.at("/components/schemas/Provider_" + manager);
        assertThat(admin.get("/admin/schemas/" + manager).expect(200).json()).isEqualTo(schema);
        ObjectNode good = Json.parsed(Objects.requireNonNull(REQUIRED.get(manager)));
        assertThat(good.propertyNames())
                .containsAll(schema.path("required")
                        .valueStream()
                        .map(JsonNode::asString)
                        .toList());
        put(manager, good).expect(200);

        ObjectNode stranger = good.deepCopy();
        stranger.put("no_such_field", 1);
        assertThat(put(manager, stranger).expect(400).text()).contains("no_such_field");
        schema.path("required").forEach(name -> {
            ObjectNode less = good.deepCopy();
            less.remove(name.asString());
            assertThat(put(manager, less).expect(400).text()).contains(name.asString());
        });
        schema.path("properties").properties().forEach(field -> {
            if (!field.getKey().equals("labels")) {
                ObjectNode wrong = good.deepCopy();
                wrong.putArray(field.getKey()).addArray().add("x");
                put(manager, wrong).expect(400);
            }
            JsonNode fallback = field.getValue().path("default");
            if (!fallback.isMissingNode()) {
                ObjectNode same = good.deepCopy();
                same.set(field.getKey(), fallback);
                put(manager, same).expect(200);
            }
            field.getValue().path("enum").forEach(choice -> {
                ObjectNode chosen = good.deepCopy();
                chosen.set(field.getKey(), choice);
                assertThat(put(manager, chosen).text())
                        .as(field.getKey())
                        .doesNotContain(field.getKey() + ": expected");
            });
        });
    }

    @Test
    void limitsOfTheDocumentAreEnforced() {
        List<String> tried = new ArrayList<>();
        operations((method, path, operation) -> {
            String filled = path.replace("{manager}", "local").replaceAll("\\{[^}]*}", "absent");
            boolean hasBody = operation.at("/requestBody/required").asBoolean();
            for (JsonNode parameter : operation.path("parameters")) {
                for (JsonNode wrong : violations(parameter.path("schema"))) {
                    String name = parameter.path("name").asString();
                    String text = URLEncoder.encode(wrong.asString(), StandardCharsets.UTF_8);
                    boolean inPath = parameter.path("in").asString().equals("path");
                    String place = inPath
                            ? path.replace("{" + name + "}", text).replaceAll("\\{[^}]*}", "absent")
                            : filled + "?" + name + "=" + text;
                    Answer answer = admin.call(admin.firstToken, method, place, hasBody ? "{}" : null);
                    // If the path has another parameter before it, that one is refused first.
                    assertThat(answer.status())
                            .as(method + " " + place)
                            .isIn(inPath ? List.of(400, 404) : List.of(400));
                    tried.add(operation.path("operationId").asString() + "." + name);
                }
            }
            for (JsonNode schema : bodies(operation)) {
                schema.path("properties").properties().forEach(property -> {
                    for (JsonNode wrong : violations(property.getValue())) {
                        ObjectNode body = Json.object();
                        required(schema).forEach(name -> body.set(name.asString(), right(schema, name)));
                        body.set(property.getKey(), wrong);
                        Answer answer = admin.raw(admin.firstToken, method, filled, body.toString());
                        assertThat(answer.expect(400).json().path("problems").toString())
                                .as(method + " " + filled + " " + body + ": " + answer.text())
                                .contains("\"" + property.getKey());
                        tried.add(operation.path("operationId").asString() + "." + property.getKey());
                    }
                });
            }
        });
        assertThat(tried)
                .contains(
                        "listProviders.page",
                        "listAudit.page_size",
                        "listAudit.from",
                        "exportAudit.format",
                        "readProvider.manager",
                        "createToken.name",
                        "createToken.roles",
                        "revoke.reason",
                        "drill.provider",
                        "actOnSecret.action",
                        "actOnSecret.version");
    }

    /** The schemas of objects that an operation takes. */
    private static List<JsonNode> bodies(JsonNode operation) {
        JsonNode schema = operation.at("/requestBody/content/application~1json/schema");
        return schema.has("anyOf") ? schema.path("anyOf").valueStream().toList() : List.of(schema);
    }

    private static List<JsonNode> required(JsonNode schema) {
        return Stream.concat(
                        schema.path("required").valueStream(),
                        schema.at("/anyOf/0/required").valueStream())
                .toList();
    }

    private static JsonNode right(JsonNode schema, JsonNode name) {
        JsonNode property = schema.path("properties").path(name.asString());
        return property.has("enum") ? property.path("enum").path(0) : Json.MAPPER.valueToTree("vault/prod");
    }

    @Test
    void limitsOfProviderObjectsAreEnforced() {
        document.at("/components/schemas").properties().stream()
                .filter(schema -> schema.getKey().startsWith("Provider_"))
                .forEach(schema -> limits(schema.getKey().substring("Provider_".length()), schema.getValue(), ""));
        ObjectNode budget = Json.parsed("{'budget': {'fetches_per_minute': 9}}");
        assertThat(put("local", budget).expect(400).text()).contains("fetches_per_minute");
    }

    private void limits(String manager, JsonNode section, String path) {
        section.path("properties").properties().forEach(property -> {
            JsonNode schema = property.getValue();
            if (schema.path("type").asString("").equals("object")) {
                limits(manager, schema, path + property.getKey() + "/");
            }
            // What answers add means nothing in a body.
            for (JsonNode wrong : schema.has("readOnly") ? List.<JsonNode>of() : violations(schema)) {
                ObjectNode object = Json.parsed(Objects.requireNonNull(REQUIRED.get(manager)));
                ObjectNode place = object;
                for (String name : path.isEmpty() ? new String[0] : path.split("/", -1)) {
                    place = name.isEmpty() ? place : place.withObject("/" + name);
                }
                place.set(property.getKey(), wrong);
                assertThat(put(manager, object).expect(400).text())
                        .as(manager + "." + path)
                        .contains(property.getKey());
            }
        });
    }

    /** Returns values that each break one limit of a schema. */
    private static List<JsonNode> violations(JsonNode schema) {
        List<JsonNode> wrong = new ArrayList<>();
        if (schema.has("minimum")) {
            wrong.add(Json.MAPPER.valueToTree(schema.path("minimum").asInt() - 1));
        }
        if (schema.has("maximum")) {
            wrong.add(Json.MAPPER.valueToTree(schema.path("maximum").asInt() + 1));
        }
        if (schema.has("maxLength")) {
            wrong.add(
                    Json.MAPPER.valueToTree("x".repeat(schema.path("maxLength").asInt() + 1)));
        }
        if (schema.path("minLength").asInt(0) > 0) {
            wrong.add(Json.MAPPER.valueToTree(""));
        }
        if (schema.path("minItems").asInt(0) > 0) {
            wrong.add(Json.array());
        }
        if (schema.has("pattern")) {
            assertThat("no such\tthing!").doesNotMatch(schema.path("pattern").asString());
            wrong.add(Json.MAPPER.valueToTree("no such\tthing!"));
        }
        if (schema.has("enum")) {
            wrong.add(Json.MAPPER.valueToTree("no-such-choice"));
        }
        if (schema.path("format").asString("").equals("date-time")) {
            wrong.add(Json.MAPPER.valueToTree("tomorrow"));
        }
        return wrong;
    }

    @Test
    void secretsAreWriteOnly() {
        assertThat(document.at("/components/schemas/Provider_vault/properties/token/writeOnly")
                        .asBoolean())
                .isTrue();
        assertThat(document.at("/components/schemas/Provider_aws/properties/secret_access_key/writeOnly")
                        .asBoolean())
                .isTrue();
    }

    private Answer put(String manager, ObjectNode object) {
        return admin.raw(
                admin.firstToken, "PUT", "/admin/providers/" + manager + "/sample?dry_run=true", object.toString());
    }

    private interface Check {
        void of(String method, String path, JsonNode operation);
    }

    private void operations(Check check) {
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(method ->
                                check.of(method.getKey().toUpperCase(Locale.ROOT), path.getKey(), method.getValue())));
    }
}
