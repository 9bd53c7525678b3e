package dev.secretproviders.app.cli.check;

import dev.secretproviders.app.cli.document.Document;
import dev.secretproviders.app.cli.document.DocumentException;
import dev.secretproviders.app.cli.document.Variables;
import dev.secretproviders.provider.shared.Causes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads files of a gateway's configuration, and collects what is in them. Used once. */
final class CheckedFiles {
    private final Map<String, String> environment;
    private final List<Use> uses = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    /**
     * Prepares.
     *
     * @param environment what stands for variables in the files of APISIX and ADC
     */
    CheckedFiles(Map<String, String> environment) {
        this.environment = environment;
    }

    /** Returns what was found, or throws an exception with each file that could not be read. */
    List<Use> uses() throws DocumentException {
        if (!problems.isEmpty()) {
            throw new DocumentException(problems);
        }
        return uses;
    }

    void readApisix(Path file) {
        read(file, Subjects::ofApisix, Variables.ofApisix(environment));
    }

    void readAdc(Path file) {
        read(file, Subjects::ofAdc, Variables.ofAdc(environment));
    }

    /**
     * Reads a file with manifests, or all such files below a directory.
     *
     * @param namespace the namespace of objects that name none, or null if it is not known
     */
    void readManifests(Path path, @Nullable String namespace) {
        Function<JsonNode, List<Subject>> subjects = root -> Subjects.ofManifest(root, namespace);
        if (!Files.isDirectory(path)) {
            read(path, subjects, Variables.none());
            return;
        }
        try (Stream<Path> below = Files.walk(path)) {
            below.filter(Files::isRegularFile)
                    .filter(file -> file.toString().matches(".*\\.(ya?ml|json)"))
                    .sorted()
                    .forEach(file -> read(file, subjects, Variables.none()));
        } catch (UncheckedIOException e) {
            // A directory below it.
            problems.add(path + ": cannot be read: " + Causes.words(Objects.requireNonNull(e.getCause())));
        } catch (IOException e) {
            problems.add(path + ": cannot be read: " + Causes.words(e));
        }
    }

    private void read(Path file, Function<JsonNode, List<Subject>> subjects, Variables variables) {
        try {
            for (Document document : Document.readAll(file)) {
                for (Subject subject : subjects.apply(document.root())) {
                    uses.addAll(Scan.of(document, subject, variables));
                }
            }
        } catch (DocumentException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
    }
}
