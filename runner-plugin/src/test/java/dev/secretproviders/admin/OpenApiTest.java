package dev.secretproviders.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture.Answer;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the OpenAPI document says is what the running server does. */
class OpenApiTest {
    private static final Map<String, String> REQUIRED = Map.of(
            "env", "{}",
            "fake", "{'script': '/tmp/script.yaml'}",
            "file", "{'directory': '/tmp'}",
            "local", "{}",
            "vault", "{'uri': 'http://127.0.0.1:1', 'token': 'a-token'}",
            "aws", "{}",
            "gcp", "{'project_id': 'my-project'}",
            "kubernetes", "{}",
            "azure",
                    "{'vault_uri': 'https://my-vault.vault.azure.net', 'auth': {'method': 'client_secret', 'tenant_id': 't', 'client_id': 'c', 'client_secret': 's'}}");

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
        operations((method, path, operation) -> {
            Set<String> declared = new HashSet<>(operation.path("responses").propertyNames());
            String filled = path.replace("{manager}", "file").replaceAll("\\{[^}]*}", "absent");
            for (String token : List.of(admin.firstToken, viewer)) {
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
