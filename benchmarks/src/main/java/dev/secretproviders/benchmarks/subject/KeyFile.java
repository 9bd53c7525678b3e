package dev.secretproviders.benchmarks.subject;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Consumers in APISIX's standalone file, each with a reference to a key in one JSON file of secrets.
 *
 * @param credentials as many as fit into 1 MiB, the longest file of secrets
 */
public record KeyFile(Credentials credentials) implements CredentialSource {
    @Override
    public String configure(Path directory) throws IOException {
        Path consumers = directory.resolve("apisix.json");
        try (BufferedWriter out = Files.newBufferedWriter(consumers)) {
            out.write("{\"consumers\":[");
            for (int i = 0; i < credentials.count(); i++) {
                String name = Credentials.name(i);
                out.write((i == 0 ? "" : ",\n") + "{\"username\":\"" + name
                        + "\",\"plugins\":{\"key-auth\":{\"key\":\"$secret://file/keys/" + name + "\"}}}");
            }
            out.write("]}");
        }
        Path keys = directory.resolve("keys.json");
        try (BufferedWriter out = Files.newBufferedWriter(keys)) {
            out.write("{");
            for (int i = 0; i < credentials.count(); i++) {
                out.write((i == 0 ? "\"" : ",\n\"") + Credentials.name(i) + "\":\"" + Credentials.key(i) + "\"");
            }
            out.write("}");
        }
        return """
                consumers: {source: file, file: {path: %s}}
                providers: {file: {keys: {path: %s}}}
                """.formatted(consumers, keys);
    }

    @Override
    public String heap() {
        return "-Xmx512m";
    }
}
