package dev.secretproviders.benchmarks.subject;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;

/** Writes consumers in the format of APISIX's standalone mode. */
final class Consumers {
    private Consumers() {}

    /** Returns the plugin of a key or of its reference. */
    static String keyAuth(String key) {
        return "\"key-auth\":{\"key\":\"" + key + "\"}";
    }

    /**
     * Writes consumers.
     *
     * @param plugins returns the plugins of a consumer, in JSON without the braces
     * @return the file
     */
    static Path write(Path directory, int count, IntFunction<String> plugins) throws IOException {
        Path file = directory.resolve("apisix.json");
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            out.write("{\"consumers\":[");
            for (int i = 0; i < count; i++) {
                out.write((i == 0 ? "" : ",\n") + "{\"username\":\"" + Credentials.name(i) + "\",\"plugins\":{"
                        + plugins.apply(i) + "}}");
            }
            out.write("]}");
        }
        return file;
    }
}
