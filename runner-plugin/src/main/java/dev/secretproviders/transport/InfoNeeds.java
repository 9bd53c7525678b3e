package dev.secretproviders.transport;

import java.util.List;
import java.util.Objects;
import org.apache.apisix.plugin.runner.filter.PluginFilter;

/** What a filter declares that it needs beyond the request. Asked of the filter once, when it is registered. */
record InfoNeeds(List<String> variables, boolean requestBody, boolean responseBody) {
    InfoNeeds {
        variables = List.copyOf(variables);
    }

    static InfoNeeds of(PluginFilter filter) {
        List<String> variables = filter.requiredVars();
        return new InfoNeeds(
                variables == null
                        ? List.of()
                        : variables.stream().filter(Objects::nonNull).distinct().toList(),
                Boolean.TRUE.equals(filter.requiredBody()),
                Boolean.TRUE.equals(filter.requiredRespBody()));
    }
}
