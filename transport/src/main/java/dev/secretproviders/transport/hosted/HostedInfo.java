package dev.secretproviders.transport.hosted;

import dev.secretproviders.transport.wire.Content;
import java.util.Map;

/** What APISIX was asked for before filters of others run. */
record HostedInfo(Map<String, String> variables, Content body) {
    HostedInfo {
        variables = Map.copyOf(variables);
    }

    @Override
    public String toString() {
        return "HostedInfo" + variables.keySet();
    }
}
