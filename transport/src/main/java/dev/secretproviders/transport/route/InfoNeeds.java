package dev.secretproviders.transport.route;

import java.util.List;
import java.util.Objects;
import org.apache.apisix.plugin.runner.filter.PluginFilter;

/** The information that a filter needs in addition to the request. Read from the filter once, at its registration. */
public record InfoNeeds(List<String> variables, boolean requestBody, boolean responseBody) {
    /** Copies the variables. */
    public InfoNeeds {
        variables = List.copyOf(variables);
    }

    /** Returns the needs that a filter declares. */
    public static InfoNeeds of(PluginFilter filter) {
        List<String> variables = filter.requiredVars();
        return new InfoNeeds(
                variables == null
                        ? List.of()
                        : variables.stream().filter(Objects::nonNull).distinct().toList(),
                Boolean.TRUE.equals(filter.requiredBody()),
                Boolean.TRUE.equals(filter.requiredRespBody()));
    }
}
