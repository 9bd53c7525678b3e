package dev.secretproviders.benchmarks.subject;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;

/** Writes consumers in the format of APISIX's standalone mode. */
final class Consumers {
    private Consumers() {}

    /**
     * Writes a consumer for each credential.
     *
     * @param key returns the key or its reference
     * @return the file
     */
    static Path write(Path directory, Credentials credentials, IntFunction<String> key) throws IOException {
        Path file = directory.resolve("apisix.json");
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            out.write("{\"consumers\":[");
            for (int i = 0; i < credentials.count(); i++) {
                out.write((i == 0 ? "" : ",\n") + "{\"username\":\"" + Credentials.name(i)
                        + "\",\"plugins\":{\"key-auth\":{\"key\":\"" + key.apply(i) + "\"}}}");
            }
            out.write("]}");
        }
        return file;
    }
}
