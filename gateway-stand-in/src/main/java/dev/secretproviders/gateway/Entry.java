package dev.secretproviders.gateway;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A name with a value, as the wire's {@code TextEntry}: a header, a query argument, or a plugin with its configuration.
 *
 * @param name as written, letter case included
 * @param value null stands for "no value": a flag such as {@code ?debug} in a request, a removal in an answer
 */
public record Entry(String name, @Nullable String value) {

    /** Returns an entry with a value. */
    public static Entry of(String name, String value) {
        return new Entry(name, value);
    }

    /** Returns the value of the first entry with this name, in any letter case. */
    public static Optional<String> first(List<Entry> entries, String name) {
        return entries.stream()
                .filter(entry -> entry.isNamed(name))
                .findFirst()
                .flatMap(entry -> Optional.ofNullable(entry.value()));
    }

    /** Returns the values of all entries with this name, in any letter case, in order. */
    public static List<String> all(List<Entry> entries, String name) {
        return entries.stream()
                .filter(entry -> entry.isNamed(name))
                .map(Entry::value)
                .flatMap(value -> Optional.ofNullable(value).stream())
                .toList();
    }

    /** Returns whether the entry has this name, in any letter case. */
    public boolean isNamed(String other) {
        return name.equalsIgnoreCase(other);
    }

    String lowerCaseName() {
        return name.toLowerCase(Locale.ROOT);
    }

    /** Returns the name only: values of headers may be keys. */
    @Override
    public String toString() {
        return name + (value == null ? "" : "=***");
    }
}
