package dev.secretproviders.app.settings;

import dev.secretproviders.settings.InvalidSettingsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.env.OriginTrackedMapPropertySource;
import org.springframework.boot.env.RandomValuePropertySource;
import org.springframework.boot.support.SpringApplicationJsonEnvironmentPostProcessor;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.ConfigurablePropertyResolver;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
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

    /** As the environment of a Spring application: names are found in any spelling, and profiles are Boot's. */
    private static final class BootEnvironment extends StandardEnvironment {
        @Override
        protected @Nullable String doGetActiveProfilesProperty() {
            return null;
        }

        @Override
        protected @Nullable String doGetDefaultProfilesProperty() {
            return null;
        }

        @Override
        protected ConfigurablePropertyResolver createPropertyResolver(MutablePropertySources sources) {
            return ConfigurationPropertySources.createPropertyResolver(sources);
        }
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
     * Reads the source as Spring Boot does.
     *
     * @throws InvalidSettingsException if the file does not exist or is not well-formed; Spring's message about it would
     *     quote the file
     * @throws RuntimeException if Spring Boot cannot read the source
     */
    public ConfigurableEnvironment read() {
        if (file != null) {
            var _ = ConfigurationFile.read(file);
        }
        ConfigurableEnvironment environment = new BootEnvironment();
        MutablePropertySources sources = environment.getPropertySources();
        sources.addFirst(new MapPropertySource("location", Map.of(LOCATION, location())));
        // For log lines.
        sources.addLast(new MapPropertySource(
                "process",
                Map.of("spring.application.pid", ProcessHandle.current().pid())));
        if (environment.containsProperty(
                SpringApplicationJsonEnvironmentPostProcessor.SPRING_APPLICATION_JSON_PROPERTY)) {
            new SpringApplicationJsonEnvironmentPostProcessor()
                    .postProcessEnvironment(environment, new SpringApplication());
        }
        RandomValuePropertySource.addToEnvironment(environment);
        ConfigDataEnvironmentPostProcessor.applyTo(environment);
        ConfigurationPropertySources.attach(environment);
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
