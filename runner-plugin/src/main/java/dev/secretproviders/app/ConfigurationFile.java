package dev.secretproviders.app;

import dev.secretproviders.settings.InvalidSettingsException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/** Looks at the configuration file before Spring does, whose error for a malformed one quotes the lines around the fault. */
final class ConfigurationFile {
    private ConfigurationFile() {}

    /**
     * Checks that the file is there and is YAML.
     *
     * @throws InvalidSettingsException naming the line, without its content
     */
    static void check(Path file) {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw problem("there is no readable file '" + file + "'");
        }
        if (!file.toString().endsWith(".yaml") && !file.toString().endsWith(".yml")) {
            throw problem("the file's name must end in .yaml or .yml");
        }
        try (Reader reader = Files.newBufferedReader(file)) {
            // Documents are parsed as they are asked for.
            new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(reader).forEach(_ -> {});
        } catch (MarkedYAMLException e) {
            String where = e.getProblemMark() == null
                    ? ""
                    : " at line " + (e.getProblemMark().getLine() + 1) + ", column "
                            + (e.getProblemMark().getColumn() + 1);
            throw problem("'" + file + "' is not well-formed YAML" + where);
        } catch (YAMLException | IOException e) {
            throw problem("'" + file + "' cannot be read as UTF-8 text in YAML");
        }
    }

    private static InvalidSettingsException problem(String problem) {
        return new InvalidSettingsException(List.of("--config: " + problem));
    }
}
