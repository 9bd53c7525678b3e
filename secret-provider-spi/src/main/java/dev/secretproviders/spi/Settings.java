package dev.secretproviders.spi;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One section of a configuration tree, read field by field. A wrong or missing field adds to {@link Problems} and yields a
 * harmless value, so that reading goes on and every problem is found; the caller then throws them all at once.
 *
 * <p>Field names are compared without regard to case, {@code -} and {@code _}. Fields that were not read are problems too
 * ({@link #finish}). Not thread-safe.
 */
public final class Settings {
    private static final Duration LONGEST_DURATION = Duration.ofDays(3_650);
    /** What may be shown: no user, no password, no query, and nothing that is no address at all. */
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9+.-]{1,20}:[A-Za-z0-9:/._\\[\\]-]{1,200}");

    private static final int LONGEST_SHOWN = 60;

    private final String path;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    /** Null for an object that is sent: what stands in a wrong field may be a secret, and the answer is not ours to keep. */
    private final @Nullable Function<String, @Nullable String> overrides;

    private final Problems problems;
    /** The names that were asked for, by {@link #plain}. */
    private final Map<String, String> read = new HashMap<>();

    private final List<Settings> sections = new ArrayList<>();
    private final Map<String, Settings> sectionsByName = new HashMap<>();

    private record Entry(String name, @Nullable Object value) {}

    private Settings(
            String path, Map<?, ?> tree, @Nullable Function<String, @Nullable String> overrides, Problems problems) {
        this.path = path;
        this.overrides = overrides;
        this.problems = problems;
        tree.forEach((key, value) -> {
            String name = key.toString();
            Entry twin = entries.putIfAbsent(plain(name), new Entry(name, value));
            if (twin != null) {
                problem(name, "is the same field as " + twin.name() + "; write one of them");
            }
        });
    }

    /**
     * Returns the root section of a tree of maps, lists and scalars.
     *
     * @param overrides maps a field's full path to the value that replaces it (from the environment), or null
     */
    public static Settings root(Map<String, ?> tree, Function<String, @Nullable String> overrides, Problems problems) {
        return new Settings("", tree, overrides, problems);
    }

    /** Returns the root section of a tree without overrides. */
    public static Settings root(Map<String, ?> tree, Problems problems) {
        return new Settings("", tree, null, problems);
    }

    /** Returns whether two names are spellings of one field: case, {@code -} and {@code _} make no difference. */
    public static boolean sameField(String name, String other) {
        return plain(name).equals(plain(other));
    }

    /** Returns the full path of a field of this section, as problems name it. */
    public String path(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** Reports a problem with the field {@code name}. */
    public void problem(String name, String problem) {
        problems.add(name.isEmpty() ? path : path(name), problem);
    }

    /** Returns whether the field or section is there and not empty. */
    public boolean has(String name) {
        Object value = raw(name);
        return value != null && !value.equals("");
    }

    /** Returns whether the field is there, be it empty. */
    public boolean present(String name) {
        return raw(name) != null;
    }

    /** Returns the names of the fields of this section as written. */
    public List<String> names() {
        return entries.values().stream().map(Entry::name).toList();
    }

    /**
     * Returns the text of a field of this section or of one below it, such as {@code tls.ca_file}, without taking it for read; null
     * if it is absent, empty or no single value.
     */
    public @Nullable String peek(String name) {
        Object value = find(name);
        return value == null || value.equals("") || value instanceof Map || value instanceof List
                ? null
                : value.toString();
    }

    /** Returns whether a field of this section or of one below it is there and not empty, without taking it for read. */
    boolean holds(String name) {
        Object value = find(name);
        return value != null && !value.equals("");
    }

    /** Returns whether there is a problem with a field of this section or of one below it. */
    boolean concerned(String name) {
        return problems.concern(path(name));
    }

    private @Nullable Object find(String name) {
        int dot = name.indexOf('.');
        if (dot < 0) {
            return value(name);
        }
        String first = name.substring(0, dot);
        return value(first) instanceof Map<?, ?> tree
                ? new Settings(path(first), tree, overrides, new Problems()).find(name.substring(dot + 1))
                : null;
    }

    /** Returns the text, or null if the field is absent or empty. */
    public @Nullable String optionalText(String name) {
        Object value = raw(name);
        if (value == null || value.equals("")) {
            return null;
        }
        if (value instanceof Map || value instanceof List) {
            problem(name, "expected a single value");
            return null;
        }
        return value.toString();
    }

    /** Returns the text, or {@code fallback} if the field is absent. */
    public String text(String name, String fallback) {
        String value = optionalText(name);
        return value == null ? fallback : value;
    }

    /** Returns the text; if the field is absent, that is a problem and the answer is empty. */
    public String text(String name) {
        String value = optionalText(name);
        if (value == null) {
            if (raw(name) == null || "".equals(raw(name))) {
                problem(name, "is required");
            }
            return "";
        }
        return value;
    }

    /** Returns the texts of a list, or of a single value parted by commas; an absent field is an empty list. */
    public List<String> texts(String name) {
        Object value = raw(name);
        if (value == null || value.equals("")) {
            return List.of();
        }
        if (value instanceof Map<?, ?> map) {
            // Spring presents lists from the environment as maps with the index as key.
            return map.values().stream().map(String::valueOf).toList();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(String::valueOf).toList();
        }
        return Arrays.stream(value.toString().split(",", -1)).map(String::strip).toList();
    }

    /** Returns a whole number from {@code min} to {@code max}. */
    public int integer(String name, int fallback, int min, int max) {
        String value = optionalText(name);
        if (value == null) {
            return fallback;
        }
        try {
            int number = Integer.parseInt(value.strip());
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException ignored) {
            // Said below, together with numbers out of range.
        }
        problem(name, "expected a whole number from " + min + " to " + max + not(value));
        return fallback;
    }

    /** Returns {@code true} or {@code false}. */
    public boolean flag(String name, boolean fallback) {
        String value = optionalText(name);
        if (value == null) {
            return fallback;
        }
        return switch (value.strip().toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> {
                problem(name, "expected true or false" + not(value));
                yield fallback;
            }
        };
    }

    /** Returns a duration written as a number with {@code ms}, {@code s}, {@code m}, {@code h} or {@code d}; 0 is allowed. */
    public Duration duration(String name, Duration fallback) {
        String value = optionalText(name);
        if (value == null) {
            return fallback;
        }
        Duration duration = Durations.parse(value);
        if (duration == null) {
            problem(name, "expected a duration such as 500ms, 30s, 5m, 12h or 7d" + not(value));
            return fallback;
        }
        // Clocks count nanoseconds in 64 bits.
        if (duration.compareTo(LONGEST_DURATION) > 0) {
            problem(name, "expected at most " + LONGEST_DURATION.toDays() + "d" + not(value));
            return fallback;
        }
        return duration;
    }

    /** Returns a duration as above, of at least {@code shortest}, which is less than a second. */
    public Duration duration(String name, Duration fallback, Duration shortest) {
        Duration duration = duration(name, fallback);
        if (duration.compareTo(shortest) < 0) {
            problem(name, "expected at least " + shortest.toMillis() + "ms");
            return fallback;
        }
        return duration;
    }

    /** Returns the path of a file that can be read; null if absent or if there is no such file (then reported). */
    public @Nullable Path readableFile(String name) {
        String text = optionalText(name);
        if (text == null) {
            return null;
        }
        try {
            Path path = Path.of(text);
            if (Files.isReadable(path)) {
                return path;
            }
            problem(name, "there is no readable file '" + text + "'");
        } catch (InvalidPathException e) {
            problem(name, "is not the name of a file");
        }
        return null;
    }

    /** Returns one of {@code allowed}, compared without regard to case; the first is the fallback. */
    public String choice(String name, List<String> allowed) {
        String value = optionalText(name);
        if (value == null) {
            return allowed.getFirst();
        }
        for (String candidate : allowed) {
            if (candidate.equalsIgnoreCase(value.strip())) {
                return candidate;
            }
        }
        String nearest = Spelling.nearest(value.strip(), allowed);
        problem(
                name,
                "expected one of " + String.join(", ", allowed) + not(value)
                        + (nearest == null ? "" : "; did you mean '" + nearest + "'?"));
        return allowed.getFirst();
    }

    /** Returns an http or https address with a host, without a trailing slash; null if absent or wrong (then reported). */
    public @Nullable URI httpUri(String name) {
        String value = optionalText(name);
        if (value == null) {
            return null;
        }
        try {
            URI uri = new URI(value.strip().replaceAll("/+$", ""));
            boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (http && uri.getHost() != null && uri.getRawUserInfo() == null && uri.getRawQuery() == null) {
                return uri;
            }
        } catch (URISyntaxException ignored) {
            // Said below. The exception quotes the value, which may hold a password.
        }
        problem(
                name,
                "expected an address such as https://host:8200, without user, password or query"
                        + (ADDRESS.matcher(value).matches() ? not(value) : ""));
        return null;
    }

    /** Returns whether a described field is there and not empty. */
    public boolean has(Field field) {
        return has(field.name());
    }

    /** Reports a problem with a described field. */
    public void problem(Field field, String problem) {
        problem(field.name(), problem);
    }

    /**
     * Returns the text of a described field, or its default. If it has none and is absent, that is a problem, and the answer is empty.
     */
    public String text(Field field) {
        String value = optionalText(field);
        return value == null ? text(field.name()) : value;
    }

    /** Returns the text of a described field, its default, or null if it is absent and has none. */
    public @Nullable String optionalText(Field field) {
        Object fallback = field.fallback();
        if (!field.choices().isEmpty()) {
            return choice(field.name(), field.choices());
        }
        String value = optionalText(field.name());
        if (value == null) {
            return fallback == null ? null : fallback.toString();
        }
        Pattern pattern = field.pattern();
        if (pattern != null && !pattern.matcher(value).matches()) {
            problem(field, "expected " + field.expected());
            return fallback == null ? value : fallback.toString();
        }
        return value;
    }

    /** Returns the number of a described field, which has a default and a range. */
    public int integer(Field field) {
        int fallback = (Integer) Objects.requireNonNull(field.fallback());
        int least = bound(field.least(), Integer.MIN_VALUE);
        int value = integer(field.name(), fallback, field.zero() ? 0 : least, bound(field.most(), Integer.MAX_VALUE));
        if (value != 0 && value < least) {
            problem(field, "expected 0 for no limit, or at least " + least);
            return fallback;
        }
        return value;
    }

    /** Returns the flag of a described field, which has a default. */
    public boolean flag(Field field) {
        return flag(field.name(), Boolean.TRUE.equals(field.fallback()));
    }

    /** Returns the duration of a described field, which has a default. */
    public Duration duration(Field field) {
        Duration fallback = Objects.requireNonNull(
                Durations.parse(Objects.requireNonNull(field.fallback()).toString()));
        Duration value = duration(field.name(), fallback);
        Long least = field.least();
        Long most = field.most();
        if (least != null && most != null && (value.toMillis() < least || value.toMillis() > most)) {
            problem(field, "expected a duration from " + Durations.text(least) + " to " + Durations.text(most));
        } else if (least != null && value.toMillis() < least) {
            problem(field, "must be at least " + Durations.text(least));
        }
        return value;
    }

    /** Returns the address of a described field, its default, or null if it is absent and has none, or wrong. */
    public @Nullable URI httpUri(Field field) {
        URI value = httpUri(field.name());
        Object fallback = field.fallback();
        if (value == null && field.required()) {
            text(field.name());
        }
        return value == null && fallback != null ? URI.create(fallback.toString()) : value;
    }

    /** Returns the path of the file that a described field names; null if it is absent or cannot be read. */
    public @Nullable Path readableFile(Field field) {
        return readableFile(field.name());
    }

    /** Returns the texts of a described field; an absent field is an empty list. */
    public List<String> texts(Field field) {
        return texts(field.name());
    }

    /** Returns the section of a described field, the same each time; an absent one is empty. */
    public Settings section(Field field) {
        return section(field.name());
    }

    private static int bound(@Nullable Long bound, int none) {
        return bound == null ? none : Math.toIntExact(bound);
    }

    /** Returns the section {@code name}, the same each time; an absent one is empty. */
    public Settings section(String name) {
        Settings known = sectionsByName.get(plain(name));
        return known == null ? newSection(name) : known;
    }

    private Settings newSection(String name) {
        Object value = raw(name);
        Map<?, ?> tree = Map.of();
        if (value instanceof Map<?, ?> map) {
            tree = map;
        } else if (value != null && !value.equals("")) {
            problem(name, "expected a section with fields");
        }
        Settings section = new Settings(path(name), tree, overrides, problems);
        sections.add(section);
        sectionsByName.put(plain(name), section);
        return section;
    }

    /** Returns the sections of a list; an absent field is an empty list. */
    public List<Settings> list(String name) {
        Object value = raw(name);
        if (value == null || value.equals("")) {
            return List.of();
        }
        // Spring presents lists as maps with the index as key.
        Collection<?> items =
                value instanceof Map<?, ?> map ? map.values() : value instanceof List<?> list ? list : null;
        if (items == null) {
            problem(name, "expected a list");
            return List.of();
        }
        List<Settings> listed = new ArrayList<>();
        for (Object item : items) {
            String at = name + "[" + listed.size() + "]";
            Map<?, ?> tree = Map.of();
            if (item instanceof Map<?, ?> fields) {
                tree = fields;
            } else {
                problem(at, "expected fields");
            }
            listed.add(new Settings(path(at), tree, overrides, problems));
        }
        sections.addAll(listed);
        return listed;
    }

    /** Returns the fields of a section that maps names of the operator's choice to texts; an absent one is empty. */
    public Map<String, String> map(String name) {
        Settings section = section(name);
        Map<String, String> fields = new LinkedHashMap<>();
        for (String field : section.names()) {
            fields.put(field, section.text(field, ""));
        }
        return fields;
    }

    /** Reports what is wrong with the fields of this object as they stand to each other. */
    public void check(Descriptor descriptor) {
        new FieldRules(this).check(descriptor.connection());
    }

    /** Takes all fields of this section and of those below it for read, as their reader is not there. */
    public void ignore() {
        entries.forEach((key, entry) -> read.put(key, entry.name()));
        sections.clear();
    }

    /** Reports every field of this section, and of the sections read below it, that was not read. */
    public void finish() {
        entries.forEach((key, entry) -> {
            // What is wrong with it may have been said already, as that it belongs to something else.
            if (!read.containsKey(key) && !problems.concern(path(entry.name()))) {
                problem(entry.name(), "is not a known field" + suggestion(key));
            }
        });
        sections.forEach(Settings::finish);
    }

    /**
     * Returns a text of all fields that were read here and below, overrides included; equal for equal settings. It may hold
     * secrets: digest it.
     *
     * @param except fields of this section to leave out
     */
    public String everythingRead(Set<String> except) {
        StringBuilder text = new StringBuilder();
        describe(text, except);
        return text.toString();
    }

    private void describe(StringBuilder text, Set<String> except) {
        for (String name : new TreeMap<>(read).values()) {
            Object value = raw(name);
            if (value != null && !(value instanceof Map) && !(value instanceof List) && !except.contains(name)) {
                String written = value.toString();
                text.append(plain(name)).append('=').append(written.length()).append(':');
                text.append(written).append('\n');
            }
        }
        for (Settings section : sections) {
            String name = path.isEmpty() ? section.path : section.path.substring(path.length() + 1);
            // An element of a list is a section of its own, such as access[0].
            int index = name.indexOf('[');
            if (!except.contains(index < 0 ? name : name.substring(0, index))) {
                text.append(name).append('{');
                section.describe(text, Set.of());
                text.append('}');
            }
        }
    }

    private String suggestion(String key) {
        if (read.isEmpty()) {
            return "";
        }
        String nearest = Spelling.nearest(key, read.keySet());
        return (nearest == null ? "" : "; did you mean '" + read.get(nearest) + "'?") + "; known here: "
                + String.join(", ", read.values().stream().sorted().toList());
    }

    /** The value of a field that holds no secret, for a message about the configuration. */
    private String not(String value) {
        if (overrides == null) {
            return "";
        }
        String shown = value.length() > LONGEST_SHOWN ? value.substring(0, LONGEST_SHOWN) + "..." : value;
        return ", not '" + shown.replaceAll("\\p{Cntrl}", "?") + "'";
    }

    private @Nullable Object raw(String name) {
        read.put(plain(name), name);
        return value(name);
    }

    private @Nullable Object value(String name) {
        String override = overrides == null ? null : overrides.apply(path(name));
        if (override != null) {
            return override;
        }
        Entry entry = entries.get(plain(name));
        return entry == null ? null : entry.value();
    }

    private static String plain(String name) {
        return name.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
    }
}
