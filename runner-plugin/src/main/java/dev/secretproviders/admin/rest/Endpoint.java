package dev.secretproviders.admin.rest;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.store.StoreException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One endpoint of the Admin API: routing, authorization and the OpenAPI document all come from these. Immutable; what adds to one
 * returns another.
 */
public final class Endpoint {
    private final String method;
    private final String path;
    private final String operation;
    private final String summary;
    private final Handler handler;
    // Written before anyone else sees the object.
    private @Nullable Right right;
    private Reach reach = Reach.unlimited();
    private List<Parameter> parameters = List.of();
    private @Nullable ObjectNode body;
    private boolean bodyRequired;
    private Map<Integer, String> answers = Map.of();
    private List<String> contentTypes = List.of("application/json");

    private Endpoint(String method, String path, String operation, String summary, Handler handler) {
        this.method = method;
        this.path = path;
        this.operation = operation;
        this.summary = summary;
        this.handler = handler;
    }

    /** Answers a call. */
    @FunctionalInterface
    public interface Handler {
        /** Returns the answer. */
        Answer answer(Call call) throws StoreException, InterruptedException;
    }

    /**
     * A query parameter.
     *
     * @param schema JSON schema of what it may be
     */
    public record Parameter(String name, ObjectNode schema, String description) {}

    /** Describes an endpoint that reads. The parameters are those of {@link #put}. */
    public static Endpoint get(
            String path, String operation, String summary, @Nullable Right right, Reach reach, Handler handler) {
        return of("GET", path, operation, summary, handler)
                .allowing(right, reach)
                .answering(200, "What was asked for.");
    }

    /**
     * Describes an endpoint that creates or replaces.
     *
     * @param path with variables such as {@code {manager}}; {@code {*path}} takes the rest
     * @param operation a name for clients, unique
     * @param summary one sentence
     * @param right what the caller must have, or null if a valid token is enough
     * @param reach what of it is there for a caller whose token is limited to some providers
     */
    public static Endpoint put(
            String path, String operation, String summary, @Nullable Right right, Reach reach, Handler handler) {
        return of("PUT", path, operation, summary, handler).allowing(right, reach);
    }

    /** Describes an endpoint that changes. The parameters are those of {@link #put}. */
    public static Endpoint patch(
            String path, String operation, String summary, @Nullable Right right, Reach reach, Handler handler) {
        return of("PATCH", path, operation, summary, handler).allowing(right, reach);
    }

    /** Describes an endpoint that does something. The parameters are those of {@link #put}. */
    public static Endpoint post(
            String path, String operation, String summary, @Nullable Right right, Reach reach, Handler handler) {
        return of("POST", path, operation, summary, handler).allowing(right, reach);
    }

    /** Describes an endpoint that deletes. The parameters are those of {@link #put}. */
    public static Endpoint delete(
            String path, String operation, String summary, @Nullable Right right, Reach reach, Handler handler) {
        return of("DELETE", path, operation, summary, handler).allowing(right, reach);
    }

    private static Endpoint of(String method, String path, String operation, String summary, Handler handler) {
        return new Endpoint(method, path, operation, summary, handler);
    }

    private Endpoint allowing(@Nullable Right needed, Reach reached) {
        right = needed;
        reach = reached;
        return this;
    }

    private Endpoint copy() {
        Endpoint copy = of(method, path, operation, summary, handler).allowing(right, reach);
        copy.parameters = parameters;
        copy.body = body;
        copy.bodyRequired = bodyRequired;
        copy.answers = answers;
        copy.contentTypes = contentTypes;
        return copy;
    }

    /** Returns this endpoint with the meaning of a status, beside the errors that every endpoint has. */
    public Endpoint answering(int status, String meaning) {
        Map<Integer, String> more = new TreeMap<>(answers);
        more.put(status, meaning);
        Endpoint copy = copy();
        copy.answers = Collections.unmodifiableMap(more);
        return copy;
    }

    /** Returns this endpoint with a query parameter of a JSON type. */
    public Endpoint with(String name, String type, String description) {
        return with(name, Json.object().put("type", type), description);
    }

    /** Returns this endpoint with a query parameter of a JSON schema. */
    public Endpoint with(String name, ObjectNode schema, String description) {
        List<Parameter> more = new ArrayList<>(parameters);
        more.add(new Parameter(name, schema, description));
        Endpoint copy = copy();
        copy.parameters = List.copyOf(more);
        return copy;
    }

    /** Returns this endpoint with the query parameters of a list that comes in pages. */
    public Endpoint paged() {
        return with("page", wholeNumber(1, Call.LAST_PAGE), "Which page, from 1.")
                .with("page_size", wholeNumber(Call.SMALLEST_PAGE, Call.LARGEST_PAGE), "Entries a page, 10 to 500.");
    }

    /** Returns the JSON schema of a whole number. */
    public static ObjectNode wholeNumber(int min, int max) {
        return Json.object().put("type", "integer").put("minimum", min).put("maximum", max);
    }

    /** Returns this endpoint, which answers with something else than JSON. */
    public Endpoint streaming(String... types) {
        Endpoint copy = copy();
        copy.contentTypes = List.of(types);
        return copy;
    }

    /** Returns this endpoint with a body that must be there. */
    public Endpoint taking(ObjectNode schema) {
        Endpoint copy = maybeTaking(schema);
        copy.bodyRequired = true;
        return copy;
    }

    /** Returns this endpoint with a body that may be left out. */
    public Endpoint maybeTaking(ObjectNode schema) {
        Endpoint copy = copy();
        copy.body = schema;
        return copy;
    }

    /** Returns the HTTP method. */
    public String method() {
        return method;
    }

    /** Returns the path, with its variables. */
    public String path() {
        return path;
    }

    String operation() {
        return operation;
    }

    String summary() {
        return summary;
    }

    /** Returns what the caller must have, or null if a valid token is enough. */
    public @Nullable Right right() {
        return right;
    }

    /** Returns what of it is there for a caller whose token is limited to some providers. */
    public Reach reach() {
        return reach;
    }

    /** Returns what the query may say. */
    public List<Parameter> parameters() {
        return parameters;
    }

    /** Returns the JSON schema of the body, or null if there is none. */
    public @Nullable ObjectNode body() {
        return body;
    }

    /** Returns whether the body must be there. */
    public boolean bodyRequired() {
        return bodyRequired;
    }

    Map<Integer, String> answers() {
        return answers;
    }

    List<String> contentTypes() {
        return contentTypes;
    }

    /** Returns what answers it. */
    public Handler handler() {
        return handler;
    }
}
