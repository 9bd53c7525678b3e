package dev.secretproviders.settings;

import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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
public final class Settings implements DescribedFields {
    private static final Duration LONGEST_DURATION = Duration.ofDays(3_650);
    /** What may be shown: no user, no password, no query, and nothing that is no address at all. */
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9+.-]{1,20}:[A-Za-z0-9:/._\\[\\]-]{1,200}");

    private final WrittenFields fields;
    private final Sections sections;
    private final NamedFiles files;

    Settings(WrittenFields fields) {
        this.fields = fields;
        this.sections = new Sections(fields);
        this.files = new NamedFiles(fields);
    }

    /**
     * Returns the root section of a tree of maps, lists and scalars.
     *
     * @param overrides maps a field's full path to the value that replaces it (from the environment), or null
     */
    public static Settings root(Map<String, ?> tree, Function<String, @Nullable String> overrides, Problems problems) {
        return new Settings(new WrittenFields("", tree, overrides, problems));
    }

    /** Returns the root section of a tree without overrides. */
    public static Settings root(Map<String, ?> tree, Problems problems) {
        return new Settings(new WrittenFields("", tree, null, problems));
    }

    /** Returns whether two names are spellings of one field: case, {@code -} and {@code _} make no difference. */
    public static boolean sameField(String name, String other) {
        return WrittenFields.plain(name).equals(WrittenFields.plain(other));
    }

    /** Returns the full path of a field of this section, as problems name it. */
    @Override
    public String path(String name) {
        return fields.path(name);
    }

    /** Reports a problem with the field {@code name}. */
    @Override
    public void problem(String name, String problem) {
        fields.problem(name, problem);
    }

    /** Returns whether the field or section is there and not empty. */
    @Override
    public boolean has(String name) {
        Object value = fields.read(name);
        return value != null && !value.equals("");
    }

    /** Returns whether the field is present, even if it is empty. */
    public boolean present(String name) {
        return fields.read(name) != null;
    }

    /** Returns the names of the fields of this section as written. */
    public List<String> names() {
        return fields.names();
    }

    /**
     * Returns the text of a field here or below, such as {@code tls.ca_file}, without taking it for read; null if it is
     * absent, empty or no single value.
     */
    public @Nullable String peek(String name) {
        Object value = fields.find(name);
        return value == null || value.equals("") || value instanceof Map || value instanceof List
                ? null
                : value.toString();
    }

    /** Returns whether a field of this section or of one below it is there and not empty, without taking it for read. */
    boolean holds(String name) {
        Object value = fields.find(name);
        return value != null && !value.equals("");
    }

    /** Returns whether there is a problem with a field of this section or of one below it. */
    boolean concerned(String name) {
        return fields.concerned(name);
    }

    /** Returns the text, or null if the field is absent or empty. */
    @Override
    public @Nullable String optionalText(String name) {
        Object value = fields.read(name);
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
    @Override
    public String text(String name) {
        String value = optionalText(name);
        if (value == null) {
            if (fields.read(name) == null || "".equals(fields.read(name))) {
                problem(name, "is required");
            }
            return "";
        }
        return value;
    }

    /** Returns the texts of a list, or of a single value parted by commas; an absent field is an empty list. */
    @Override
    public List<String> texts(String name) {
        Object value = fields.read(name);
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
    @Override
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
            // Reported below, together with numbers out of range.
        }
        problem(name, "expected a whole number from " + min + " to " + max + fields.not(value));
        return fallback;
    }

    /** Returns {@code true} or {@code false}. */
    @Override
    public boolean flag(String name, boolean fallback) {
        String value = optionalText(name);
        if (value == null) {
            return fallback;
        }
        return switch (value.strip().toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> {
                problem(name, "expected true or false" + fields.not(value));
                yield fallback;
            }
        };
    }

    /** Returns a duration written as a number with {@code ms}, {@code s}, {@code m}, {@code h} or {@code d}; 0 is allowed. */
    @Override
    public Duration duration(String name, Duration fallback) {
        String value = optionalText(name);
        if (value == null) {
            return fallback;
        }
        Duration duration = Durations.parse(value);
        if (duration == null) {
            problem(name, "expected a duration such as 500ms, 30s, 5m, 12h or 7d" + fields.not(value));
            return fallback;
        }
        // Clocks count nanoseconds in 64 bits.
        if (duration.compareTo(LONGEST_DURATION) > 0) {
            problem(name, "expected at most " + LONGEST_DURATION.toDays() + "d" + fields.not(value));
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
    @Override
    public @Nullable Path readableFile(String name) {
        return files.own(name, files.readable(name, optionalText(name)));
    }

    /** As {@link #readableFile}, for authorities to trust. They are no secret, so {@link #ownFiles} leaves them out. */
    public @Nullable Path trustFile(String name) {
        return files.readable(name, optionalText(name));
    }

    /** Returns the path of a file or directory that need not exist; null if absent or no path (then reported). */
    public @Nullable Path place(String name) {
        return files.own(name, files.path(name, optionalText(name)));
    }

    /** Returns the files and directories named by fields that were read here and below, but for one section. */
    public Set<Path> ownFiles(String except) {
        Set<Path> own = new LinkedHashSet<>(files.own());
        sections.addOwnFiles(own, except);
        return own;
    }

    /** Returns one of {@code allowed}, compared without regard to case; the first is the fallback. */
    @Override
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
                "expected one of " + String.join(", ", allowed) + fields.not(value)
                        + (nearest == null ? "" : "; did you mean '" + nearest + "'?"));
        return allowed.getFirst();
    }

    /** Returns an http or https address with a host, without a trailing slash; null if absent or wrong (then reported). */
    @Override
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
            // Reported below. The exception quotes the value, which may hold a password.
        }
        problem(
                name,
                "expected an address such as https://host:8200, without user, password or query"
                        + (ADDRESS.matcher(value).matches() ? fields.not(value) : ""));
        return null;
    }

    @Override
    public Settings section(Field field) {
        return section(field.name());
    }

    /** Returns the section {@code name}, the same each time; an absent one is empty. */
    public Settings section(String name) {
        return sections.section(name);
    }

    /** Returns the sections of a list; an absent field is an empty list. */
    public List<Settings> list(String name) {
        return sections.list(name);
    }

    /** Returns the fields of a section that maps names of the operator's choice to texts; an absent one is empty. */
    public Map<String, String> map(String name) {
        Settings section = section(name);
        Map<String, String> texts = new LinkedHashMap<>();
        section.names().forEach(field -> texts.put(field, section.text(field, "")));
        return texts;
    }

    /** Returns the name of this section in the one above it. */
    String nameIn(WrittenFields above) {
        return above.nameOf(fields);
    }

    /** Reports what is wrong with the fields of this object as they stand to each other. */
    public void check(Descriptor descriptor) {
        new FieldRules(this).check(CommonFields.connection(descriptor));
    }

    /** Takes all fields of this section and of those below it for read, as their reader is not there. */
    public void ignore() {
        fields.ignore();
        sections.ignore();
    }

    /** Reports every field of this section, and of the sections read below it, that was not read. */
    public void finish() {
        fields.reportUnread();
        sections.finish();
    }

    /**
     * Returns a text of all fields that were read here and below. It is equal for equal settings. Digest it: it may hold secrets.
     *
     * @param except fields of this section to leave out
     */
    public String everythingRead(Set<String> except) {
        StringBuilder text = new StringBuilder();
        fields.describe(text, except);
        sections.describe(text, except);
        return text.toString();
    }
}
