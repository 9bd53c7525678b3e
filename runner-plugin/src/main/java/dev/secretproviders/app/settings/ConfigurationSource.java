package dev.secretproviders.app.settings;

import dev.secretproviders.settings.InvalidSettingsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.env.OriginTrackedMapPropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * The source of the configuration: the product's defaults, this file if there is one, and the environment. Files in the
 * working directory, which Spring would also read by default, are ignored.
 *
 * @param file the value of {@code --config}, or null
 * @param socketOption the value of {@code --socket}, or null
 */
public record ConfigurationSource(
        @Nullable Path file, @Nullable String socketOption) {
    private static final String LOCATION = "spring.config.location";
    private static final String DEFAULTS = "classpath:/application.yaml";

    /** Returns the command line that makes Spring read this source. */
    public String[] arguments() {
        return new String[] {"--" + LOCATION + "=" + location()};
    }

    private String location() {
        if (file == null) {
            return DEFAULTS;
        }
        // These two characters separate locations.
        String place =
                file.toAbsolutePath().toUri().toString().replace(",", "%2C").replace(";", "%3B");
        return DEFAULTS + "," + place;
    }

    /**
     * Checks the file before Spring reads it, because Spring's message about a malformed file would quote it.
     *
     * @throws InvalidSettingsException if the file does not exist or is not well-formed
     */
    public void check() {
        if (file != null) {
            ConfigurationFile.check(file);
        }
    }

    /** Reads the source again, independently of the environment that Spring has read for this process. */
    public ConfigurableEnvironment read() {
        check();
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("location", Map.of(LOCATION, location())));
        ConfigDataEnvironmentPostProcessor.applyTo(environment);
        return environment;
    }

    /** Returns the same problems, each with the place of its field. */
    InvalidSettingsException located(InvalidSettingsException e) {
        return new InvalidSettingsException(Places.of(file, System.getenv()).locate(e.problems()));
    }

    /** Returns the fields that the operator's own files set, with their values as written. */
    public static Map<String, Object> written(ConfigurableEnvironment environment) {
        Map<String, Object> written = new TreeMap<>();
        List<PropertySource<?>> sources = new ArrayList<>();
        environment.getPropertySources().forEach(sources::addFirst);
        for (PropertySource<?> source : sources) {
            if (source instanceof OriginTrackedMapPropertySource properties
                    && !source.getName().contains("class path resource")) {
                for (String name : properties.getPropertyNames()) {
                    Object value = properties.getProperty(name);
                    written.put(name, value == null ? "" : value);
                }
            }
        }
        return written;
    }

    /** Returns the same fields with their effective values. Variables take precedence over files. */
    public static Map<String, String> resolved(ConfigurableEnvironment environment) {
        Map<String, String> resolved = new TreeMap<>();
        written(environment).keySet().forEach(field -> {
            String value = EnvironmentSettings.value(environment, field);
            resolved.put(field, value == null ? "" : value);
        });
        return resolved;
    }
}
