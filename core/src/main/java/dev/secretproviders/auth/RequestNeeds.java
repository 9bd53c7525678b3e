package dev.secretproviders.auth;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a filter needs of a request in addition to what APISIX sends at first. Each variable, and the body, costs a round
 * trip to APISIX.
 *
 * @param variables names of variables of nginx or APISIX, such as {@code request_uri}
 * @param body whether the request's body is needed
 */
public record RequestNeeds(List<String> variables, boolean body) {
    /** Nothing more. */
    public static final RequestNeeds NONE = new RequestNeeds(List.of(), false);

    /** Copies the variables. */
    public RequestNeeds {
        variables = List.copyOf(variables);
    }

    /** Returns the need of one variable. */
    public static RequestNeeds ofVariable(String name) {
        return new RequestNeeds(List.of(name), false);
    }

    /** Returns the need of the request's body. */
    public static RequestNeeds ofBody() {
        return new RequestNeeds(List.of(), true);
    }

    /** Returns what either needs, without duplicates. */
    public RequestNeeds and(RequestNeeds other) {
        Set<String> all = new LinkedHashSet<>(variables);
        all.addAll(other.variables);
        return new RequestNeeds(List.copyOf(all), body || other.body);
    }
}
