package dev.secretproviders.app.cli;

import dev.secretproviders.app.settings.EnvironmentSettings;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Spelling;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.ConfigurableEnvironment;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Checks fields of the sections that Spring Boot reads, against the metadata in Spring Boot's jars. */
final class SpringFields {
    private static final String DESCRIPTIONS = "META-INF/spring-configuration-metadata.json";
    private static final Set<String> FILES =
            Set.of("certificate", "privatekey", "certificateprivatekey", "trustcertificate", "keystore", "truststore");
    /** Types whose values can be checked without knowledge of the field. */
    private static final Set<String> TYPES = Set.of(
            "java.lang.Boolean",
            "java.lang.Integer",
            "java.lang.Long",
            "java.lang.Double",
            "java.time.Duration",
            "java.nio.charset.Charset",
            "org.springframework.util.unit.DataSize");

    private final ConfigurableEnvironment environment;
    private final Map<String, String> fields;
    /** The known fields by their {@link #plain} names. */
    private final Map<String, Described> known = new HashMap<>();

    private record Described(
            String name, String type, @Nullable String replacement, boolean gone) {
        /** Returns whether the operator chooses the names below this field. */
        boolean open() {
            return type.startsWith("java.util.") || type.endsWith("[]");
        }
    }

    SpringFields(ConfigurableEnvironment environment, Map<String, String> fields) {
        this.environment = environment;
        this.fields = fields;
    }

    void check(Problems problems) {
        if (fields.keySet().stream().noneMatch(SpringFields::isSprings)) {
            return;
        }
        read();
        fields.forEach((field, value) -> {
            if (isSprings(field) && !problems.concern(field)) {
                check(field, value, problems);
            }
        });
    }

    private static boolean isSprings(String field) {
        return EnvironmentSettings.SPRING.contains(field.split("[.\\[]", 2)[0]);
    }

    private void check(String field, String value, Problems problems) {
        Described described = known.get(plain(field));
        if (described == null || described.gone()) {
            if (!isBelowAnOpenOne(field) && !(value.isBlank() && isSection(field))) {
                problems.add(field, "is not a field that Spring Boot knows here" + suggestion(field, described));
            }
            return;
        }
        if (!value.isBlank() && TYPES.contains(described.type())) {
            try {
                Class<?> type = Class.forName(described.type());
                var _ = Binder.get(environment).bind(described.name(), Bindable.of(type));
            } catch (BindException e) {
                String name = described.type().substring(described.type().lastIndexOf('.') + 1);
                problems.add(
                        field,
                        "expected a value of the kind " + name.toLowerCase(Locale.ROOT) + ", not '" + value + "'");
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException(e);
            }
        }
        String last = plain(field.substring(field.lastIndexOf('.') + 1));
        Path file = FILES.contains(last) ? Check.file(value) : null;
        if (file != null && !Files.isReadable(file)) {
            problems.add(field, "there is no readable file '" + file + "'");
        }
    }

    private boolean isBelowAnOpenOne(String field) {
        for (int end = Math.max(field.lastIndexOf('.'), field.lastIndexOf('[')); end > 0; ) {
            String above = field.substring(0, end);
            Described described = known.get(plain(above));
            if (described != null && described.open()) {
                return true;
            }
            end = Math.max(above.lastIndexOf('.'), above.lastIndexOf('['));
        }
        return false;
    }

    private boolean isSection(String field) {
        String prefix = plain(field) + ".";
        return known.keySet().stream().anyMatch(name -> name.startsWith(prefix));
    }

    private String suggestion(String field, @Nullable Described described) {
        String better = described == null ? null : described.replacement();
        if (better == null) {
            String nearest = Spelling.nearest(plain(field), known.keySet());
            Described meant = nearest == null ? null : known.get(nearest);
            better = meant == null ? null : meant.name();
        }
        return better == null ? "; look it up in its documentation, or remove it" : "; did you mean '" + better + "'?";
    }

    private void read() {
        try {
            for (URL url : Collections.list(SpringFields.class.getClassLoader().getResources(DESCRIPTIONS))) {
                try (InputStream in = url.openStream()) {
                    JsonMapper.shared().readTree(in).path("properties").forEach(this::take);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void take(JsonNode property) {
        String name = property.path("name").asString("");
        JsonNode deprecation = property.path("deprecation");
        String replacement = deprecation.path("replacement").asString("");
        known.put(
                plain(name),
                new Described(
                        name,
                        property.path("type").asString("java.lang.String"),
                        replacement.isEmpty() ? null : replacement,
                        "error".equals(deprecation.path("level").asString(""))));
    }

    private static String plain(String name) {
        return name.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
    }
}
