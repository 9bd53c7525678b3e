package dev.secretproviders.app.settings;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.env.OriginTrackedMapPropertySource;
import org.springframework.boot.origin.TextResourceOrigin;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.Resource;

/** The files that Spring reads for the runner: the configuration with what it imports, and keys and certificates of TLS. */
final class SpringFiles {
    /** The sections that name files with keys. */
    private static final List<String> SECTIONS = List.of("server.ssl", "management.server.ssl", "spring.ssl.bundle");

    private static final Set<String> NAMES =
            Set.of("certificate", "certificateprivatekey", "privatekey", "keystore", "location");

    private SpringFiles() {}

    /** Returns the files. Those with authorities to trust are left out. */
    static Set<Path> of(ConfigurableEnvironment environment) {
        Set<Path> own = new LinkedHashSet<>();
        for (PropertySource<?> imported : environment.getPropertySources()) {
            add(own, imported instanceof OriginTrackedMapPropertySource read ? fileOf(read) : null);
        }
        Binder binder = Binder.get(environment);
        for (String section : SECTIONS) {
            try {
                addNamed(
                        own,
                        binder.bind(section, Bindable.mapOf(String.class, Object.class))
                                .orElse(Map.of()));
            } catch (BindException ignored) {
                // A placeholder without a value, which ends the start elsewhere.
            }
        }
        add(own, fileNamed(environment.getProperty("logging.config", "")));
        return own;
    }

    private static void add(Set<Path> own, @Nullable Path file) {
        if (file != null) {
            own.add(file);
        }
    }

    /** Returns the file that Spring read: the configuration itself, or one that it imports. */
    private static @Nullable Path fileOf(OriginTrackedMapPropertySource source) {
        for (String name : source.getPropertyNames()) {
            Resource resource =
                    source.getOrigin(name) instanceof TextResourceOrigin origin ? origin.getResource() : null;
            if (resource != null && resource.isFile()) {
                try {
                    return resource.getFile().toPath();
                } catch (IOException e) {
                    return null;
                }
            }
        }
        return null;
    }

    private static void addNamed(Set<Path> own, Map<?, ?> fields) {
        fields.forEach((key, value) -> {
            String name = key.toString().replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
            if (value instanceof Map<?, ?> below) {
                if (!name.equals("truststore")) {
                    addNamed(own, below);
                }
            } else if (NAMES.contains(name)) {
                add(own, fileNamed(String.valueOf(value)));
            }
        });
    }

    /** Returns the file for a location of Spring such as {@code file:key.pem}. Null for an inline key or no file. */
    private static @Nullable Path fileNamed(String location) {
        try {
            String name = location.strip().replaceFirst("^file:(//(?=/))?", "");
            boolean elsewhere = name.isEmpty()
                    || name.startsWith("classpath:")
                    || name.startsWith("base64:")
                    || name.startsWith("-----");
            return elsewhere ? null : Path.of(name);
        } catch (InvalidPathException e) {
            return null;
        }
    }
}
