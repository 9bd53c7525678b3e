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
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Checks calls that succeeded against the OpenAPI document: the status and the media type are declared, the answer and the body fit
 * their schemas, and the answer has no field that is not declared. Thread-safe.
 */
public final class PublishedSchemas {
    private static final Map<ObjectNode, PublishedSchemas> BY_DOCUMENT = new ConcurrentHashMap<>();
    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaRegistryConfig(SchemaRegistryConfig.builder()
                    .formatAssertionsEnabled(true)
                    .build()));

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
                .sorted(Comparator.comparing(Operation::variables))
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

    /** Checks a call, unless it failed. */
    void check(String method, String uri, @Nullable String body, HttpResponse<String> response) {
        int status = response.statusCode();
        if (status >= 300) {
            return;
        }
        String path = uri.replaceFirst("\\?.*", "");
        Operation operation = operations.stream()
                .filter(one -> one.method().equals(method) && one.path().matcher(path).matches())
                .findFirst()
                .orElseThrow(() -> new AssertionError("undeclared: " + method + " " + path));
        JsonNode answer = operation.description().path("responses").path(Integer.toString(status));
        assertThat(answer.isObject()).as(operation.answer(status)).isTrue();
        JsonNode taken = operation.description().at("/requestBody/content/application~1json/schema");
        if (body != null && taken.isObject()) {
            fits(operation.answer(status) + ": the body", taken, body);
        }
        if (answer.path("content").isEmpty()) {
            assertThat(response.body()).as(operation.answer(status)).isEmpty();
        } else {
            String type = response.headers().firstValue("Content-Type").orElse("").replaceFirst(";.*", "");
            JsonNode shown = answer.path("content").path(type);
            assertThat(shown.isObject()).as(operation.answer(status) + " " + type).isTrue();
            if (type.equals("application/json")) {
                fits(operation.answer(status), shown.path("schema"), response.body());
            }
        }
        seen.add(operation.answer(status));
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
                && !object.has("additionalProperties")
                // An event of a manager has more fields than matter.
                && !object.has("anyOf")) {
            object.put("additionalProperties", false);
        }
        node.forEach(PublishedSchemas::close);
    }
}
