package dev.secretproviders.app.settings;

import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.util.PlaceholderResolutionException;

/**
 * Presents the runner's part of Spring's environment (files, environment variables, command line) as {@link Settings}.
 * Settings report every problem instead of only the first. The environment variable that Spring derives from a field's
 * path overrides the field: {@code PROVIDERS_VAULT_PROD_URI} overrides {@code providers.vault.prod.uri}.
 */
public final class EnvironmentSettings {
    /** The sections that only Spring reads. */
    public static final List<String> SPRING = List.of("logging", "management", "server", "spring");

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^${}:]+)}");

    private EnvironmentSettings() {}

    /** Returns all fields of the files from the top level. Spring's own sections count as read. */
    public static Settings of(ConfigurableEnvironment environment, Problems problems) {
        // Variables override fields but do not name any: PROVIDERS_VAULT_PROD1_URI may mean prod1, prod-1 or prod_1.
        List<PropertySource<?>> files = environment.getPropertySources().stream()
                .filter(source -> !(source instanceof SystemEnvironmentPropertySource)
                        && !ConfigurationPropertySources.isAttachedConfigurationPropertySource(source))
                .toList();
        Binder binder = new Binder(
                ConfigurationPropertySources.from(files), new PropertySourcesPlaceholdersResolver(environment));
        Map<String, Object> tree = new LinkedHashMap<>();
        Map<String, Object> written = ConfigurationSource.written(environment);
        requireVariables(written, environment, problems);
        LogLevels.check(written, problems);
        for (String field : written.keySet()) {
            String section = field.split("[.\\[]", 2)[0];
            if (section.equals(field)) {
                tree.put(section, written.get(field));
            } else {
                // The name is empty if it has characters that Spring does not allow. No reader knows such a section.
                ConfigurationPropertyName name = ConfigurationPropertyName.adapt(section, '.');
                tree.computeIfAbsent(
                        section,
                        _ -> SPRING.contains(section) || name.isEmpty()
                                ? Map.of()
                                : binder.bind(name, Bindable.mapOf(String.class, Object.class))
                                        .orElse(Map.of()));
            }
        }
        Settings root = Settings.root(tree, path -> value(environment, path), problems);
        SPRING.forEach(section -> root.section(section).ignore());
        return root;
    }

    /** Reports placeholders of variables that are not set. Spring would throw an exception at the first one. */
    private static void requireVariables(
            Map<String, Object> written, ConfigurableEnvironment environment, Problems problems) {
        written.forEach((field, value) -> {
            Matcher placeholder = PLACEHOLDER.matcher(value.toString());
            while (placeholder.find()) {
                String name = placeholder.group(1);
                if (!environment.containsProperty(name)) {
                    problems.add(
                            field,
                            "refers to the variable " + name + ", which is not set: set it, or write ${" + name
                                    + ":DEFAULT}");
                }
            }
        });
    }

    /** Returns the value of a field in any spelling of its name, or null if there is none. */
    static @Nullable String value(ConfigurableEnvironment environment, String path) {
        try {
            return environment.getProperty(path.replace('_', '-').toLowerCase(Locale.ROOT));
        } catch (PlaceholderResolutionException e) {
            // requireVariables reports this, without the value.
            return null;
        }
    }
}
