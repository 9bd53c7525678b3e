package dev.secretproviders.spi.testkit;

import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldValues;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A provider object of a test, for {@link dev.secretproviders.spi.ProviderFactory#create}. It gives the values that it was made of, else the
 * defaults, and collects what the factory reports. The runner checks ranges, patterns and unknown fields in addition. Not thread-safe.
 */
public final class GivenValues implements FieldValues {
    private final String path;
    private final Map<String, ?> values;
    private final List<String> problems;
    private final Map<String, GivenValues> sections = new LinkedHashMap<>();

    private GivenValues(String path, Map<String, ?> values, List<String> problems) {
        this.path = path;
        this.values = values;
        this.problems = problems;
    }

    /** Returns an object with these fields; a section is a map, a list of texts a list. */
    public static GivenValues of(Map<String, ?> values) {
        return new GivenValues("", values, new ArrayList<>());
    }

    /** Returns what was reported, each {@code field: problem}. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    @Override
    public boolean has(Field field) {
        Object value = values.get(field.name());
        return value != null && !value.equals("");
    }

    @Override
    public String path(Field field) {
        return path + field.name();
    }

    @Override
    public void problem(Field field, String problem) {
        problems.add(path(field) + ": " + problem);
    }

    @Override
    public String text(Field field) {
        String value = optionalText(field);
        if (value == null) {
            problem(field, "is required");
        }
        return value == null ? "" : value;
    }

    @Override
    public @Nullable String optionalText(Field field) {
        Object value = has(field) ? values.get(field.name()) : field.fallback();
        return value == null ? null : value.toString();
    }

    @Override
    public List<String> texts(Field field) {
        return values.get(field.name()) instanceof List<?> texts
                ? texts.stream().map(String::valueOf).toList()
                : List.of();
    }

    @Override
    public int integer(Field field) {
        return Integer.parseInt(text(field));
    }

    @Override
    public boolean flag(Field field) {
        return Boolean.parseBoolean(optionalText(field));
    }

    /** Reads one number with {@code ms}, {@code s}, {@code m}, {@code h} or {@code d}, or 0. */
    @Override
    public Duration duration(Field field) {
        String text = text(field);
        if (text.endsWith("ms")) {
            return Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)));
        }
        return text.equals("0") ? Duration.ZERO : Duration.parse(text.endsWith("d") ? "P" + text : "PT" + text);
    }

    @Override
    public @Nullable URI httpUri(Field field) {
        String value = field.required() ? text(field) : optionalText(field);
        return value == null || value.isEmpty() ? null : URI.create(value.replaceAll("/+$", ""));
    }

    @Override
    public @Nullable Path readableFile(Field field) {
        String value = optionalText(field);
        if (value == null || Files.isReadable(Path.of(value))) {
            return value == null ? null : Path.of(value);
        }
        problem(field, "there is no readable file '" + value + "'");
        return null;
    }

    @Override
    public GivenValues section(Field field) {
        return sections.computeIfAbsent(
                field.name(), name -> new GivenValues(path(field) + ".", fields(name), problems));
    }

    private Map<String, ?> fields(String section) {
        Map<String, Object> fields = new LinkedHashMap<>();
        if (values.get(section) instanceof Map<?, ?> written) {
            written.forEach((name, value) -> fields.put(String.valueOf(name), value));
        }
        return fields;
    }
}
