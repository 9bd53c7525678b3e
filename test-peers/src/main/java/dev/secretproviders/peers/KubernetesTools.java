package dev.secretproviders.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Programs and files for tests of Helm charts, which {@code scripts/peers install helm crds} builds and fetches: {@code
 * helm}, {@code helm-unittest}, {@code kubectl}, and definitions of other projects' kinds.
 */
public final class KubernetesTools {
    /**
     * What a program did.
     *
     * @param out its standard output
     * @param errors its standard error
     */
    public record Finished(int code, String out, String errors) {
        /** Returns both outputs, for a message. */
        public String said() {
            return out + errors;
        }
    }

    private KubernetesTools() {}

    /**
     * Returns the path of {@code helm}, {@code helm-unittest} or {@code kubectl}.
     *
     * @throws PeerUnavailableException if it was not installed
     */
    public static Path program(String name) {
        Path program = NativeServer.binaries().resolve(name);
        if (!Files.isExecutable(program)) {
            throw missing(program, "helm");
        }
        return program;
    }

    /**
     * Returns the file with the definition of a kind.
     *
     * @param name as {@code kubectl get crd} shows it, e.g. {@code servicemonitors.monitoring.coreos.com}
     * @throws PeerUnavailableException if it was not installed
     */
    public static Path definition(String name) {
        Path file = NativeServer.binaries().resolve("crds").resolve(name + ".yaml");
        if (!Files.isReadable(file)) {
            throw missing(file, "crds");
        }
        return file;
    }

    /**
     * Runs a program to its end.
     *
     * @param environment is added to the test's own
     * @param words the program's name and its arguments
     * @throws PeerUnavailableException if it was not installed
     */
    public static Finished run(Path directory, Map<String, String> environment, String... words) {
        List<String> command = new ArrayList<>(List.of(words));
        command.set(0, program(words[0]).toString());
        try {
            Path errors = Files.createTempFile("errors", ".log");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectError(errors.toFile());
            builder.environment().putAll(environment);
            try {
                Process process = builder.start();
                String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                return new Finished(process.waitFor(), out, Files.readString(errors));
            } finally {
                Files.delete(errors);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PeerFailedException("Interrupted while " + words[0] + " runs", e);
        }
    }

    private static RuntimeException missing(Path file, String peer) {
        return new PeerUnavailableException(
                        "%s is needed by this test and not there. Remedy: ./scripts/peers install %s"
                                .formatted(file, peer))
                .orAbort();
    }
}
