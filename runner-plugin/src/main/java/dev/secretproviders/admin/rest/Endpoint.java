package dev.secretproviders.admin.rest;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One endpoint: routing, authorization and the OpenAPI document all come from these.
 *
 * @param method the HTTP method
 * @param path with variables such as {@code {manager}}; {@code {*path}} takes the rest
 * @param operation a name for clients, unique
 * @param summary one sentence
 * @param right what the caller must have, or null if a valid token is enough
 * @param reach what of it is there for a caller whose token is limited to some providers
 * @param parameters what the query may say
 * @param body JSON schema of the body, or null if there is none
 * @param bodyRequired whether the body must be there
 * @param answers status and meaning of answers beside the errors that every endpoint has
 * @param contentTypes of an answer that is no error
 */
public record Endpoint(
        String method,
        String path,
        String operation,
        String summary,
        @Nullable Right right,
        Reach reach,
        List<Parameter> parameters,
        @Nullable ObjectNode body,
        boolean bodyRequired,
        Map<Integer, String> answers,
        List<String> contentTypes,
        Handler handler) {
    public Endpoint {
        parameters = List.copyOf(parameters);
        answers = Map.copyOf(answers);
        contentTypes = List.copyOf(contentTypes);
    }

    /** Answers a call. */
    @FunctionalInterface
    public interface Handler {
        Answer answer(Call call) throws StoreException, InterruptedException;
    }

    /**
     * A query parameter.
     *
     * @param schema JSON schema of what it may be
     */
    public record Parameter(String name, ObjectNode schema, String description) {}

    public static Endpoint get(String path, String operation, String summary, Right right, Reach reach, Handler handler) {
        return of("GET", path, operation, summary, right, reach, handler).answering(200, "What was asked for.");
    }

    public static Endpoint of(
            String method,
            String path,
            String operation,
            String summary,
            @Nullable Right right,
            Reach reach,
            Handler handler) {
        return new Endpoint(
                method,
                path,
                operation,
                summary,
                right,
                reach,
                List.of(),
                null,
                false,
                Map.of(),
                List.of("application/json"),
                handler);
    }

    public Endpoint answering(int status, String meaning) {
        Map<Integer, String> more = new TreeMap<>(answers);
        more.put(status, meaning);
        return new Endpoint(
                method,
                path,
                operation,
                summary,
                right,
                reach,
                parameters,
                body,
                bodyRequired,
                more,
                contentTypes,
                handler);
    }

    /** Returns this endpoint with a query parameter of a JSON type. */
    public Endpoint with(String name, String type, String description) {
        return with(name, Json.object().put("type", type), description);
    }

    /** Returns this endpoint with a query parameter of a JSON schema. */
    public Endpoint with(String name, ObjectNode schema, String description) {
        List<Parameter> more = new ArrayList<>(parameters);
        more.add(new Parameter(name, schema, description));
        return new Endpoint(
                method,
                path,
                operation,
                summary,
                right,
                reach,
                more,
                body,
                bodyRequired,
                answers,
                contentTypes,
                handler);
    }

    public Endpoint paged() {
        return with("page", wholeNumber(1, Call.LAST_PAGE), "Which page, from 1.")
                .with("page_size", wholeNumber(Call.SMALLEST_PAGE, Call.LARGEST_PAGE), "Entries a page, 10 to 500.");
    }

    public static ObjectNode wholeNumber(int min, int max) {
        return Json.object().put("type", "integer").put("minimum", min).put("maximum", max);
    }

    /** Returns this endpoint, which answers with something else than JSON. */
    public Endpoint streaming(String... contentTypes) {
        return new Endpoint(
                method,
                path,
                operation,
                summary,
                right,
                reach,
                parameters,
                body,
                bodyRequired,
                answers,
                List.of(contentTypes),
                handler);
    }

    /** Returns this endpoint with a body that must be there. */
    public Endpoint taking(ObjectNode schema) {
        return new Endpoint(
                method,
                path,
                operation,
                summary,
                right,
                reach,
                parameters,
                schema,
                true,
                answers,
                contentTypes,
                handler);
    }

    /** Returns this endpoint with a body that may be left out. */
    public Endpoint maybeTaking(ObjectNode schema) {
        return new Endpoint(
                method,
                path,
                operation,
                summary,
                right,
                reach,
                parameters,
                schema,
                false,
                answers,
                contentTypes,
                handler);
    }
}
