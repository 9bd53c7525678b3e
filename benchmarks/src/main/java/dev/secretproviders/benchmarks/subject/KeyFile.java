package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.Expected;
import dev.secretproviders.gateway.RouteConf;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Consumers in APISIX's standalone file, each with a reference to a key in a JSON file of secrets. Each file is a
 * provider.
 *
 * @param keysInFile keys for each file; a file has at most 1 MiB
 */
public record KeyFile(Credentials credentials, int keysInFile) implements CredentialSource {
    private static final int MOST_IN_FILE = 15_000;
    private static final int MANY = 100_000;

    /** Uses as few files as possible. */
    public KeyFile(Credentials credentials) {
        this(credentials, MOST_IN_FILE);
    }

    @Override
    public SecretManager prepare(Path directory, Path config) throws IOException {
        Path consumers = Consumers.write(directory, credentials.count(), i -> Consumers.keyAuth(reference(i)));
        List<Path> written = new ArrayList<>();
        StringBuilder yaml = new StringBuilder("consumers: {source: file, file: {path: " + consumers + "}}\n");
        yaml.append("providers:\n  file:\n");
        for (int from = 0; from < credentials.count(); from += keysInFile) {
            String id = "keys" + from / keysInFile;
            Path keys = directory.resolve(id + ".json");
            written.add(keys);
            write(keys, from, Math.min(credentials.count(), from + keysInFile));
            yaml.append("    ").append(id).append(": {path: ").append(keys).append(", inject: [{paths: ['*']}]}\n");
        }
        Files.writeString(config, yaml);
        return new KeyFiles(List.copyOf(written));
    }

    /** Returns the reference to a key. */
    String reference(int index) {
        return "$secret://file/keys" + index / keysInFile + "/" + Credentials.name(index);
    }

    private static void write(Path file, int from, int end) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            out.write("{");
            for (int i = from; i < end; i++) {
                out.write((i == from ? "\"" : ",\n\"") + Credentials.name(i) + "\":\"" + Credentials.key(i) + "\"");
            }
            out.write("}");
        }
    }

    @Override
    public Map<Workload, Dialogue> dialogues() {
        Map<Workload, Dialogue> dialogues = CredentialSource.super.dialogues();
        dialogues.put(Workload.INJECTED, ofKeys(injecting(), Workload.INJECTED, Expected.INJECTED));
        return dialogues;
    }

    /** Returns a route that sends two of the keys to its upstream. */
    private static RouteConf injecting() {
        StringBuilder headers = new StringBuilder();
        for (int i = 0; i < Expected.SECRET_HEADERS.size(); i++) {
            headers.append(i == 0 ? "" : ",")
                    .append('"')
                    .append(Expected.SECRET_HEADERS.get(i))
                    .append("\":\"Bearer ${secret://file/keys0/")
                    .append(Credentials.name(i))
                    .append("}\"");
        }
        return RouteConf.of("injecting", "secret-inject", "{\"headers\":{" + headers + "}}");
    }

    /** The heap for reading a file of a million consumers, which is far more than for keeping them. */
    @Override
    public String heap() {
        return credentials.count() > MANY ? "-Xmx6g" : "-Xmx1g";
    }

    private record KeyFiles(List<Path> files) implements SecretManager {
        @Override
        public void vanish() throws IOException {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }
}
