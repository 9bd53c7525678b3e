package dev.secretproviders.app.settings;

import dev.secretproviders.settings.InvalidSettingsException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.DuplicateKeyException;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * Checks the configuration file before Spring reads it, because Spring's error for a malformed file quotes its lines.
 */
final class ConfigurationFile {
    private ConfigurationFile() {}

    /**
     * Checks that the file exists, is YAML with fields, and has no field twice.
     *
     * @throws InvalidSettingsException if a check fails; the message names the line without its content
     */
    static void check(Path file) {
        if (!Files.exists(file)) {
            throw problem("there is no file '" + file + "'");
        }
        if (Files.isDirectory(file) || !Files.isReadable(file)) {
            throw problem("'" + file + "' is not a file that this user may read");
        }
        if (!file.toString().endsWith(".yaml") && !file.toString().endsWith(".yml")) {
            throw problem("the file's name must end in .yaml or .yml, not as '" + file.getFileName() + "' does");
        }
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        try (Reader reader = Files.newBufferedReader(file)) {
            // The iterator parses each document when it is requested.
            for (Object document : new Yaml(new SafeConstructor(options)).loadAll(reader)) {
                if (document != null && !(document instanceof Map)) {
                    throw problem("'" + file + "' holds no fields, such as 'runner:' with fields below it");
                }
            }
        } catch (DuplicateKeyException e) {
            throw new InvalidSettingsException(Places.of(file, Map.of()).duplicates().stream()
                    .map(twin -> file + ": " + twin)
                    .toList());
        } catch (MarkedYAMLException e) {
            String where = e.getProblemMark() == null
                    ? ""
                    : " at line " + (e.getProblemMark().getLine() + 1) + ", column "
                            + (e.getProblemMark().getColumn() + 1);
            throw problem("'" + file + "' is not well-formed YAML" + where + ": " + remedy(e));
        } catch (YAMLException | IOException e) {
            throw problem("'" + file + "' cannot be read as UTF-8 text in YAML");
        }
    }

    /** Returns what to do about an error. The library's own message may quote the file. */
    private static String remedy(MarkedYAMLException e) {
        String problem = String.valueOf(e.getProblem());
        if (problem.contains("\\t")) {
            return "indent with spaces, not with tabs";
        }
        if (problem.contains("alias") || problem.contains("anchor") || problem.contains("directive")) {
            return "put a value that begins with *, & or % in quotes";
        }
        if (problem.contains("tag") || problem.contains("constructor")) {
            return "put a value that begins with ! in quotes";
        }
        if (problem.contains("mapping values are not allowed")) {
            return "put a value that has a colon and a space in quotes, and look at the indentation";
        }
        return "look for a quote or bracket that is not closed, and at the indentation";
    }

    private static InvalidSettingsException problem(String problem) {
        return new InvalidSettingsException(List.of("--config: " + problem));
    }
}
