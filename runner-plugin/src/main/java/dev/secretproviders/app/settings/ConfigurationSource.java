package dev.secretproviders.app.settings;

import dev.secretproviders.spi.InvalidSettingsException;
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
 * Where the configuration comes from: the product's defaults, this file if there is one, and the environment. Nothing in the working
 * directory counts, which Spring would read beside it.
 *
 * @param file the value of {@code --config}, or null
 * @param socketOption the value of {@code --socket}, or null
 */
public record ConfigurationSource(
        @Nullable Path file, @Nullable String socketOption) {
    private static final String LOCATION = "spring.config.location";
    private static final String DEFAULTS = "classpath:/application.yaml";

    /** Returns the command line that makes Spring read it. */
    public String[] arguments() {
        return new String[] {"--" + LOCATION + "=" + location()};
    }

    private String location() {
        if (file == null) {
            return DEFAULTS;
        }
        // These two part one location from the next.
        String place =
                file.toAbsolutePath().toUri().toString().replace(",", "%2C").replace(";", "%3B");
        return DEFAULTS + "," + place;
    }

    /**
     * Looks at the file before Spring does, whose message about a malformed one would quote it.
     *
     * @throws InvalidSettingsException if there is no such file, or it is not well-formed
     */
    public void check() {
        if (file != null) {
            ConfigurationFile.check(file);
        }
    }

    /** Reads it anew, beside what Spring has read for this process. */
    public ConfigurableEnvironment read() {
        check();
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("location", Map.of(LOCATION, location())));
        ConfigDataEnvironmentPostProcessor.applyTo(environment);
        return environment;
    }

    /** Returns what is wrong, each with the place where it is written. */
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

    /** Returns the same fields with the values that they have: variables go before the files. */
    public static Map<String, String> resolved(ConfigurableEnvironment environment) {
        Map<String, String> resolved = new TreeMap<>();
        written(environment).keySet().forEach(field -> {
            String value = EnvironmentSettings.value(environment, field);
            resolved.put(field, value == null ? "" : value);
        });
        return resolved;
    }
}
