package dev.secretproviders.admin.rest;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.store.StoreException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint of the Admin API. Routing, authorization and the OpenAPI document are derived from endpoints. Immutable:
 * each method that adds something returns a new endpoint.
 */
public final class Endpoint {
    private final String method;
    private final String path;
    private final String operation;
    private final String summary;
    private final Handler handler;
    // Written before the object is shared.
    private @Nullable Right right;
    private Reach reach = Reach.unlimited();
    private List<Parameter> parameters = List.of();
    private @Nullable Schema body;
    private boolean bodyRequired;
    private Map<Integer, String> answers = Map.of();
    private Map<Integer, Schema> schemas = Map.of();
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
     * @param schema the schema of its value
     */
    public record Parameter(String name, Schema schema, String description) {}

    /** Describes an endpoint that reads. The parameters are those of {@link #put}. */
    public static Endpoint get(
            String path, String operation, String summary, @Nullable Right right, Reach reach, Handler handler) {
        return of("GET", path, operation, summary, handler).allowing(right, reach);
    }

    /**
     * Describes an endpoint that creates or replaces.
     *
     * @param path with variables such as {@code {manager}}; {@code {*path}} takes the rest
     * @param operation a name for clients, unique
     * @param summary one sentence
     * @param right the right that the caller needs, or null if a valid token is enough
     * @param reach what a caller whose token is limited to some providers can reach
     */
    public static Endpoint put(
            String path, String operation, String summary, @Nullable Right right, Reach reach, Handler handler) {
        return of("PUT", path, operation, summary, handler).allowing(right, reach);
    }

    /** Describes an endpoint that changes a part of an object. The parameters are those of {@link #put}. */
    public static Endpoint patch(
            String path, String operation, String summary, @Nullable Right right, Reach reach, Handler handler) {
        return of("PATCH", path, operation, summary, handler).allowing(right, reach);
    }

    /** Describes an endpoint that performs an action. The parameters are those of {@link #put}. */
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
        copy.schemas = schemas;
        copy.contentTypes = contentTypes;
        return copy;
    }

    /** Returns this endpoint with the meaning of a status, in addition to the errors that every endpoint has. */
    public Endpoint answering(int status, String meaning) {
        Map<Integer, String> more = new TreeMap<>(answers);
        more.put(status, meaning);
        Endpoint copy = copy();
        copy.answers = Collections.unmodifiableMap(more);
        return copy;
    }

    /** Returns this endpoint with the meaning and the schema of a successful answer. */
    public Endpoint answering(int status, String meaning, Schema schema) {
        Map<Integer, Schema> more = new TreeMap<>(schemas);
        more.put(status, schema);
        Endpoint copy = answering(status, meaning);
        copy.schemas = Collections.unmodifiableMap(more);
        return copy;
    }

    /** Returns this endpoint with a query parameter of a JSON type. */
    public Endpoint with(String name, String type, String description) {
        return with(name, Schema.of(type), description);
    }

    /** Returns this endpoint with a query parameter of a schema. */
    public Endpoint with(String name, Schema schema, String description) {
        List<Parameter> more = new ArrayList<>(parameters);
        more.add(new Parameter(name, schema, description));
        Endpoint copy = copy();
        copy.parameters = List.copyOf(more);
        return copy;
    }

    /** Returns this endpoint with the query parameters of a paged list. */
    public Endpoint paged() {
        return with("page", Schema.whole(1, Call.LAST_PAGE), "The page number, from 1.")
                .with("page_size", Schema.whole(Call.SMALLEST_PAGE, Call.LARGEST_PAGE), "Entries per page, 10 to 500.");
    }

    /** Returns this endpoint with the query parameter that sorts the list. */
    public Endpoint sorted(Orders<?> orders) {
        return with(
                Orders.PARAMETER,
                Schema.choice(orders.choices().toArray(String[]::new)),
                "The field to sort by; with a hyphen before it, in the reverse order.");
    }

    /**
     * Returns this endpoint with the query parameter that searches the list.
     *
     * @param fields what it looks into, as it follows "Only those whose"
     */
    public Endpoint searched(String fields) {
        return with(Search.PARAMETER, "string", "Only those whose " + fields + " contains this, in any letter case.");
    }

    /** Returns this endpoint with answers of these media types instead of JSON. */
    public Endpoint streaming(String... types) {
        Endpoint copy = copy();
        copy.contentTypes = List.of(types);
        return copy;
    }

    /** Returns this endpoint with a required body, which is checked against the schema before it is handled. */
    public Endpoint taking(Schema schema) {
        Endpoint copy = maybeTaking(schema);
        copy.bodyRequired = true;
        return copy;
    }

    /** Returns this endpoint with an optional body. */
    public Endpoint maybeTaking(Schema schema) {
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

    /** Returns the right that the caller needs, or null if a valid token is enough. */
    public @Nullable Right right() {
        return right;
    }

    /** Returns what a caller whose token is limited to some providers can reach. */
    public Reach reach() {
        return reach;
    }

    /** Returns the query parameters. */
    public List<Parameter> parameters() {
        return parameters;
    }

    /** Returns the schema of the body, or null if there is none. */
    public @Nullable Schema body() {
        return body;
    }

    /** Returns whether the body is required. */
    public boolean bodyRequired() {
        return bodyRequired;
    }

    Map<Integer, String> answers() {
        return answers;
    }

    /** Returns the schemas of successful answers in JSON that have a body. */
    Map<Integer, Schema> schemas() {
        return schemas;
    }

    List<String> contentTypes() {
        return contentTypes;
    }

    /** Returns the handler that answers calls. */
    public Handler handler() {
        return handler;
    }
}
