package dev.secretproviders.transport.route;

import java.util.List;
import java.util.Objects;
import org.apache.apisix.plugin.runner.filter.PluginFilter;

/** What a filter declares that it needs beyond the request. Asked of the filter once, when it is registered. */
public record InfoNeeds(List<String> variables, boolean requestBody, boolean responseBody) {
    public InfoNeeds {
        variables = List.copyOf(variables);
    }

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
