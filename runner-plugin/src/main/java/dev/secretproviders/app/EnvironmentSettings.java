package dev.secretproviders.app;

import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Presents our part of Spring's environment (files, environment variables, command line) as {@link Settings}, which find every
 * problem instead of the first. A field of the file is overridden by the environment variable that Spring derives from its
 * path: {@code providers.vault.prod.uri} by {@code PROVIDERS_VAULT_PROD_URI}.
 */
final class EnvironmentSettings {
    private static final List<String> SECTIONS =
            List.of("runner", "providers", "consumers", "store", "crypto", "audit", "findings");

    private EnvironmentSettings() {}

    /** Returns the sections that are ours. */
    static Settings of(ConfigurableEnvironment environment, Problems problems) {
        // Variables override fields but do not name any: PROVIDERS_VAULT_PROD1_URI may mean prod1, prod-1 or prod_1.
        List<PropertySource<?>> files = environment.getPropertySources().stream()
                .filter(source -> !(source instanceof SystemEnvironmentPropertySource)
                        && !ConfigurationPropertySources.isAttachedConfigurationPropertySource(source))
                .toList();
        Binder binder = new Binder(
                ConfigurationPropertySources.from(files), new PropertySourcesPlaceholdersResolver(environment));
        Map<String, Object> tree = new LinkedHashMap<>();
        for (String section : SECTIONS) {
            binder.bind(section, Bindable.mapOf(String.class, Object.class))
                    .ifBound(fields -> tree.put(section, fields));
        }
        return Settings.root(tree, path -> value(environment, path), problems);
    }

    private static @Nullable String value(ConfigurableEnvironment environment, String path) {
        return environment.getProperty(path.replace('_', '-').toLowerCase(Locale.ROOT));
    }
}
