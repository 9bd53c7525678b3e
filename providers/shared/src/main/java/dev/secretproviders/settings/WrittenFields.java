package dev.secretproviders.settings;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The fields of one section as they are written or overridden, and which of them were read. Not thread-safe. */
final class WrittenFields {
    private static final int LONGEST_SHOWN = 60;

    private final String path;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    /** Null for an object that is sent: what stands in a wrong field may be a secret, and the answer is not ours to keep. */
    private final @Nullable Function<String, @Nullable String> overrides;

    private final Problems problems;
    /** The names that were asked for, by {@link #plain}. */
    private final Map<String, String> read = new HashMap<>();

    private record Entry(String name, @Nullable Object value) {}

    WrittenFields(
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

    /** Returns a section below this one. */
    WrittenFields below(String name, Map<?, ?> tree) {
        return new WrittenFields(path(name), tree, overrides, problems);
    }

    String path(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    void problem(String name, String problem) {
        problems.add(name.isEmpty() ? path : path(name), problem);
    }

    /** Returns whether there is a problem with a field of this section or of one below it. */
    boolean concerned(String name) {
        return problems.concern(path(name));
    }

    List<String> names() {
        return entries.values().stream().map(Entry::name).toList();
    }

    /** Returns the value of a field, and marks the field as read. */
    @Nullable
    Object read(String name) {
        read.put(plain(name), name);
        return value(name);
    }

    /** Returns what a field of this section or of one below it holds, without taking it for read. */
    @Nullable
    Object find(String name) {
        int dot = name.indexOf('.');
        if (dot < 0) {
            return value(name);
        }
        String first = name.substring(0, dot);
        return value(first) instanceof Map<?, ?> tree
                ? new WrittenFields(path(first), tree, overrides, new Problems()).find(name.substring(dot + 1))
                : null;
    }

    private @Nullable Object value(String name) {
        String override = overrides == null ? null : overrides.apply(path(name));
        if (override != null) {
            return override;
        }
        Entry entry = entries.get(plain(name));
        return entry == null ? null : entry.value();
    }

    /** Takes all fields for read. */
    void ignore() {
        entries.forEach((key, entry) -> read.put(key, entry.name()));
    }

    /** Reports every field that was not read. */
    void reportUnread() {
        entries.forEach((key, entry) -> {
            // What is wrong with it may have been said already, as that it belongs to something else.
            if (!read.containsKey(key) && !concerned(entry.name())) {
                problem(entry.name(), "is not a known field" + suggestion(key));
            }
        });
    }

    private String suggestion(String key) {
        if (read.isEmpty()) {
            return "";
        }
        String nearest = Spelling.nearest(key, read.keySet());
        return (nearest == null ? "" : "; did you mean '" + read.get(nearest) + "'?") + "; known here: "
                + String.join(", ", read.values().stream().sorted().toList());
    }

    /** Appends the single values that were read, each with its length, but for the fields {@code except}. */
    void describe(StringBuilder text, Set<String> except) {
        for (String name : new TreeMap<>(read).values()) {
            Object value = value(name);
            if (value != null && !(value instanceof Map) && !(value instanceof List) && !except.contains(name)) {
                String written = value.toString();
                text.append(plain(name)).append('=').append(written.length()).append(':');
                text.append(written).append('\n');
            }
        }
    }

    /** Returns the name of a section below this one, such as {@code access[0]} for an element of a list. */
    String nameOf(WrittenFields section) {
        return path.isEmpty() ? section.path : section.path.substring(path.length() + 1);
    }

    /** Returns the value of a field that holds no secret, for a message about the configuration; empty for an object that is sent. */
    String not(String value) {
        if (overrides == null) {
            return "";
        }
        String shown = value.length() > LONGEST_SHOWN ? value.substring(0, LONGEST_SHOWN) + "..." : value;
        return ", not '" + shown.replaceAll("\\p{Cntrl}", "?") + "'";
    }

    /** Returns a name without what makes no difference: case, {@code -} and {@code _}. */
    static String plain(String name) {
        return name.replace("-", "").replace("_", "").toLowerCase(Locale.ROOT);
    }
}
