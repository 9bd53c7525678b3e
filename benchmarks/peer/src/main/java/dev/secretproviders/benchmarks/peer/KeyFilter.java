package dev.secretproviders.benchmarks.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.apisix.plugin.runner.HttpRequest;
import org.apache.apisix.plugin.runner.HttpResponse;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.apache.apisix.plugin.runner.filter.PluginFilterChain;

/** Simple key authentication for the official runner: plain-text keys in a HashMap. */
final class KeyFilter implements PluginFilter {
    private static final int UNAUTHORIZED = 401;

    private final Map<String, String> consumers;

    private KeyFilter(Map<String, String> consumers) {
        this.consumers = consumers;
    }

    /** Reads lines with a key, a space, and a consumer. */
    static KeyFilter reading(Path file) throws IOException {
        Map<String, String> consumers = new HashMap<>();
        for (String line : Files.readAllLines(file)) {
            int space = line.indexOf(' ');
            consumers.put(line.substring(0, space), line.substring(space + 1));
        }
        return new KeyFilter(consumers);
    }

    @Override
    public String name() {
        return "keys";
    }

    @Override
    public void filter(HttpRequest request, HttpResponse response, PluginFilterChain chain) {
        String key = request.getHeader("apikey");
        if (key == null) {
            refuse(response, "Missing API key in request");
            return;
        }
        String consumer = consumers.get(key);
        if (consumer == null) {
            refuse(response, "Invalid API key in request");
            return;
        }
        request.setHeader("X-Consumer-Username", consumer);
        chain.filter(request, response);
    }

    private static void refuse(HttpResponse response, String message) {
        response.setStatusCode(UNAUTHORIZED);
        response.setHeader("WWW-Authenticate", "apikey realm=\"key\"");
        response.setBody("{\"message\":\"" + message + "\"}\n");
    }
}
