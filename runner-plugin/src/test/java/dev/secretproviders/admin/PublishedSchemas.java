package dev.secretproviders.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.net.http.HttpResponse;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Checks calls against the OpenAPI document. If a call succeeded, its status and media type are declared, and its answer fits the
 * schema. Else the answer is an error. No answer has a field that is not declared. Thread-safe.
 */
public final class PublishedSchemas {
    private static final Map<ObjectNode, PublishedSchemas> BY_DOCUMENT = new ConcurrentHashMap<>();
    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaRegistryConfig(
                    SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));

    private static final JsonNode ERROR = JsonMapper.shared().readTree("{\"$ref\": \"#/components/schemas/Error\"}");

    private final ObjectNode document;
    private final List<Operation> operations;
    private final Map<JsonNode, Schema> compiled = new ConcurrentHashMap<>();
    private final Set<String> seen = new ConcurrentSkipListSet<>();

    private record Operation(String method, Pattern path, int variables, JsonNode description) {
        String answer(int status) {
            return description.path("operationId").asString() + " " + status;
        }
    }

    private PublishedSchemas(ObjectNode document) {
        this.document = document;
        this.operations = document.path("paths").properties().stream()
                .flatMap(path -> path.getValue().properties().stream()
                        .map(method -> operation(path.getKey(), method.getKey(), method.getValue())))
                .sorted(Comparator.comparingInt(Operation::variables))
                .toList();
    }

    private static Operation operation(String path, String method, JsonNode description) {
        String pattern = path.replace("{path}", ".+").replaceAll("\\{[^}]*}", "[^/]+");
        int variables = path.length() - path.replace("{", "").length();
        return new Operation(method.toUpperCase(Locale.ROOT), Pattern.compile(pattern), variables, description);
    }

    /** Returns the schemas of a document, the same each time. */
    static PublishedSchemas of(ObjectNode document) {
        return BY_DOCUMENT.computeIfAbsent(document, PublishedSchemas::new);
    }

    /** Returns the validator for one schema of JSON Schema 2020-12, with formats. */
    public static Schema compile(JsonNode schema) {
        return REGISTRY.getSchema(schema);
    }

    /** Returns the answers that were checked, as operation and status. */
    Set<String> seen() {
        return seen;
    }

    /** Returns all successful answers of the document, as operation and status. */
    Set<String> declared() {
        Set<String> declared = new TreeSet<>();
        for (Operation operation : operations) {
            operation.description().path("responses").propertyNames().stream()
                    .filter(status -> status.startsWith("2"))
                    .forEach(status -> declared.add(operation.answer(Integer.parseInt(status))));
        }
        return declared;
    }

    /** Checks a call. */
    void check(String method, String uri, HttpResponse<String> response) {
        int status = response.statusCode();
        if (status >= 400) {
            // The servlet container answers some malformed requests by itself.
            if (type(response).equals("application/json")) {
                fits("the error", ERROR, response.body());
            }
            return;
        }
        String path = uri.replaceFirst("\\?.*", "");
        Operation operation = operations.stream()
                .filter(one ->
                        one.method().equals(method) && one.path().matcher(path).matches())
                .findFirst()
                .orElseThrow(() -> new AssertionError("undeclared: " + method + " " + path));
        JsonNode answer = operation.description().path("responses").path(Integer.toString(status));
        assertThat(answer.isObject()).as(operation.answer(status)).isTrue();
        if (answer.path("content").isEmpty()) {
            assertThat(response.body()).as(operation.answer(status)).isEmpty();
        } else {
            String type = type(response);
            JsonNode shown = answer.path("content").path(type);
            assertThat(shown.isObject())
                    .as(operation.answer(status) + " " + type)
                    .isTrue();
            if (type.equals("application/json")) {
                fits(operation.answer(status), shown.path("schema"), response.body());
            }
        }
        seen.add(operation.answer(status));
    }

    private static String type(HttpResponse<String> response) {
        return response.headers().firstValue("Content-Type").orElse("").replaceFirst(";.*", "");
    }

    private void fits(String what, JsonNode schema, String text) {
        List<Error> errors = compiled.computeIfAbsent(schema, this::within)
                .validate(JsonMapper.shared().readTree(text));
        assertThat(errors).as(what + ": " + text).isEmpty();
    }

    /** Compiles a schema of the document, whose objects have no fields that are not declared. */
    private Schema within(JsonNode schema) {
        ObjectNode root = (ObjectNode) schema.deepCopy();
        root.set("components", document.path("components").deepCopy());
        close(root);
        return compile(root);
    }

    private static void close(JsonNode node) {
        if (node instanceof ObjectNode object
                && object.path("properties").isObject()
                && object.path("type").toString().contains("object")
                && !object.has("additionalProperties")) {
            object.put("additionalProperties", false);
        }
        node.forEach(PublishedSchemas::close);
    }
}
