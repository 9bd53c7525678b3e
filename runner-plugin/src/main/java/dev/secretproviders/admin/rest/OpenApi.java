package dev.secretproviders.admin.rest;

import dev.secretproviders.provider.ProviderRegistry;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The OpenAPI 3.1 document, made from the table of endpoints and the managers' descriptors. */
public final class OpenApi {
    private static final Pattern VARIABLE = Pattern.compile("\\{\\*?([a-z_]+)}");
    /** Patterns of the path's variables; a path that does not match names nothing. */
    private static final Map<String, String> VARIABLES =
            Map.of("manager", "^[a-z][a-z0-9_-]{0,63}$", "id", "^[a-zA-Z0-9_.-]{1,256}$");

    private static final Map<Integer, String> ERRORS = Map.of(
            400, "The request is not well formed; error_msg names the field.",
            401, "There is no valid token.",
            403, "The token's roles or scope do not allow it.",
            404, "There is no such thing.",
            429, "Too many wrong tokens at a time.",
            503, "The store cannot be reached now.");

    private static final Schema ERROR = Schema.object()
            .required("error_msg", Schema.text(), "What is wrong and what to do. It quotes no secret.")
            .optional(
                    "problems", Schema.list(Schema.text()), "400: each problem of the body, beginning with its field.")
            .optional(
                    "references",
                    Schema.list(
                            ProvidersInScope.USAGE.optional("reason", Schema.text(), "Why it would no longer work.")),
                    "409: the references that the change would break.")
            .optional("versions", Schema.list(Schema.text()), "404: the versions that the secret has.");

    private OpenApi() {}

    /** Returns the document. */
    public static ObjectNode document(List<Endpoint> endpoints, ProviderRegistry registry, String version) {
        ObjectNode document = Json.object();
        document.put("openapi", "3.1.0");
        document.putObject("info")
                .put("title", "Secret Providers Admin API")
                .put("version", version)
                .put("description", "Provider objects, local secrets, references, audit, tokens.");
        document.putArray("security").addObject().putArray("token");
        ObjectNode paths = document.putObject("paths");
        for (Endpoint endpoint : endpoints) {
            String path = endpoint.path().replace("{*", "{");
            ObjectNode item = paths.path(path) instanceof ObjectNode known ? known : paths.putObject(path);
            item.set(endpoint.method().toLowerCase(Locale.ROOT), operation(endpoint));
        }
        ObjectNode components = document.putObject("components");
        components
                .putObject("securitySchemes")
                .putObject("token")
                .put("type", "apiKey")
                .put("in", "header")
                .put("name", "X-API-KEY");
        ObjectNode schemas = components.putObject("schemas");
        ProviderSchema.components(registry).forEach(schemas::set);
        used(endpoints).forEach((name, schema) -> schemas.set(name, schema.deepCopy()));
        schemas.set("Error", ERROR.published());
        return document;
    }

    private static Map<String, ObjectNode> used(List<Endpoint> endpoints) {
        Map<String, ObjectNode> used = new TreeMap<>();
        for (Endpoint endpoint : endpoints) {
            Schema body = endpoint.body();
            if (body != null) {
                used.putAll(body.components());
            }
            endpoint.schemas().values().forEach(schema -> used.putAll(schema.components()));
        }
        return used;
    }

    private static ObjectNode operation(Endpoint endpoint) {
        ObjectNode node = Json.object();
        node.put("operationId", endpoint.operation());
        node.put("summary", endpoint.summary());
        if (endpoint.right() != null) {
            node.put("x-right", endpoint.right().name().toLowerCase(Locale.ROOT));
        }
        node.put("x-limited-token", endpoint.reach().text());
        ArrayNode parameters = node.putArray("parameters");
        Matcher variables = VARIABLE.matcher(endpoint.path());
        while (variables.find()) {
            parameters
                    .addObject()
                    .put("name", variables.group(1))
                    .put("in", "path")
                    .put("required", true)
                    .set("schema", variable(variables.group(1)));
        }
        for (Endpoint.Parameter parameter : endpoint.parameters()) {
            parameters
                    .addObject()
                    .put("name", parameter.name())
                    .put("in", "query")
                    .put("description", parameter.description())
                    .set("schema", parameter.schema().published());
        }
        Schema body = endpoint.body();
        if (body != null) {
            ObjectNode content = node.putObject("requestBody");
            content.put("required", endpoint.bodyRequired());
            content.putObject("content").putObject("application/json").set("schema", body.published());
        }
        Map<Integer, String> answers = new TreeMap<>(ERRORS);
        if (body != null) {
            answers.put(413, "The body is too long.");
            answers.put(415, "The body is not JSON.");
        }
        answers.putAll(endpoint.answers());
        ObjectNode responses = node.putObject("responses");
        answers.forEach((status, meaning) -> {
            ObjectNode response = responses.putObject(Integer.toString(status)).put("description", meaning);
            if (status >= 400) {
                response.putObject("content")
                        .putObject("application/json")
                        .putObject("schema")
                        .put("$ref", "#/components/schemas/Error");
            } else if (status != 204) {
                ObjectNode content = response.putObject("content");
                endpoint.contentTypes()
                        .forEach(type -> content.putObject(type).set("schema", shape(endpoint, status, type)));
            }
        });
        return node;
    }

    private static ObjectNode shape(Endpoint endpoint, int status, String contentType) {
        return contentType.equals("application/json")
                ? Objects.requireNonNull(endpoint.schemas().get(status), () -> endpoint.operation() + " " + status)
                        .published()
                : Json.object().put("type", "string");
    }

    private static ObjectNode variable(String name) {
        ObjectNode schema = Json.object().put("type", "string");
        String pattern = VARIABLES.get(name);
        return pattern == null ? schema : schema.put("pattern", pattern);
    }
}
