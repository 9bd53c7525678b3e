package dev.secretproviders.spi;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One field of a provider object: its name, what it holds and what it may hold. Made by a {@link Builder}, once, and read by that
 * object: {@code values.text(REGION)}. Immutable.
 */
public final class Field {
    private final String name;
    private final String label;
    private final String help;
    private final FieldType type;
    private final @Nullable String unit;
    private final @Nullable Object fallback;
    private final @Nullable String absent;
    private final @Nullable String example;
    private final List<String> choices;
    private final @Nullable Long least;
    private final @Nullable Long most;
    private final boolean zero;
    private final @Nullable Pattern pattern;
    private final String expected;
    private final boolean required;
    private final @Nullable Condition requiredWhen;
    private final @Nullable Condition onlyWhen;
    private final List<String> excludes;
    private final boolean destination;
    private final List<Field> fields;

    private Field(Builder builder) {
        this.name = builder.name;
        this.label = builder.label == null ? Labels.of(builder.name) : builder.label;
        this.help = builder.help;
        this.type = builder.type;
        this.unit = builder.unit;
        this.fallback = builder.fallback;
        this.absent = builder.absent;
        this.example = builder.example;
        this.choices = builder.choices;
        this.least = builder.least;
        this.most = builder.most;
        this.zero = builder.zero;
        this.pattern = builder.pattern;
        this.expected = builder.expected;
        this.required = builder.required;
        this.requiredWhen = builder.requiredWhen;
        this.onlyWhen = builder.onlyWhen;
        this.excludes = builder.excludes;
        this.destination = builder.destination;
        this.fields = builder.fields;
    }

    /**
     * Begins a field that is optional.
     *
     * @param help one sentence
     */
    public static Builder of(String name, FieldType type, String help) {
        return new Builder(name, type, help, List.of());
    }

    /** Begins a section; without fields it takes names and texts of the user's choice. */
    public static Builder section(String name, String help, Field... fields) {
        return new Builder(name, FieldType.SECTION, help, List.of(fields));
    }

    /** Begins a list of sections with these fields. */
    public static Builder list(String name, String help, Field... fields) {
        return new Builder(name, FieldType.LIST, help, List.of(fields));
    }

    /** Returns the name, as in JSON. */
    public String name() {
        return name;
    }

    /** Returns the name for people, as in forms. */
    public String label() {
        return label;
    }

    /** Returns what it is for, in one sentence or two. */
    public String help() {
        return help;
    }

    /** Returns what it holds. */
    public FieldType type() {
        return type;
    }

    /** Returns what a number counts, or null. */
    public @Nullable String unit() {
        return unit;
    }

    /** Returns the value where it is absent, as it would be written; null for none. */
    public @Nullable Object fallback() {
        return fallback;
    }

    /** Returns in words what holds where it is absent, if that is no fixed value; else null. */
    public @Nullable String absent() {
        return absent;
    }

    /** Returns a value as an example, or null. */
    public @Nullable String example() {
        return example;
    }

    /** Returns the values that it may have; empty for any. */
    public List<String> choices() {
        return choices;
    }

    /** Returns the least number, or the shortest duration in milliseconds; null for none. */
    public @Nullable Long least() {
        return least;
    }

    /** Returns the largest number, or the longest duration in milliseconds; null for none. */
    public @Nullable Long most() {
        return most;
    }

    /** Returns whether zero is allowed beyond the range. */
    public boolean zero() {
        return zero;
    }

    /** Returns what the whole text has to match, or null. */
    public @Nullable Pattern pattern() {
        return pattern;
    }

    /** Returns what {@link #pattern} stands for, in words, as they follow "expected"; empty without a pattern. */
    public String expected() {
        return expected;
    }

    /** Returns whether an object without it is refused. */
    public boolean required() {
        return required;
    }

    /** Returns when an object without it is refused, or null. */
    public @Nullable Condition requiredWhen() {
        return requiredWhen;
    }

    /** Returns when it may be there, or null for always. */
    public @Nullable Condition onlyWhen() {
        return onlyWhen;
    }

    /** Returns the names of the fields that cannot be there together with it. */
    public List<String> excludes() {
        return excludes;
    }

    /** Returns whether it is sealed at rest and masked in answers. */
    public boolean secret() {
        return type == FieldType.SECRET;
    }

    /** Returns whether it names a file. */
    public boolean file() {
        return type == FieldType.FILE || type == FieldType.TRUST_FILE;
    }

    /**
     * Returns whether it has a say in where credentials go, to which server, tenant or login, and whether that server proves who it is:
     * if it changes, secrets have to be written again, and what references stand for takes the right to use it.
     */
    public boolean destination() {
        return destination;
    }

    /** Returns the fields of a section, or of the sections of a list. */
    public List<Field> fields() {
        return fields;
    }

    /** Names the field. */
    @Override
    public String toString() {
        return name;
    }

    /** Builds one field. Not thread-safe. */
    public static final class Builder {
        private final String name;
        private final FieldType type;
        private final String help;
        private final List<Field> fields;
        private @Nullable String label;
        private @Nullable String unit;
        private @Nullable Object fallback;
        private @Nullable String absent;
        private @Nullable String example;
        private List<String> choices = List.of();
        private @Nullable Long least;
        private @Nullable Long most;
        private boolean zero;
        private @Nullable Pattern pattern;
        private String expected = "";
        private boolean required;
        private @Nullable Condition requiredWhen;
        private @Nullable Condition onlyWhen;
        private List<String> excludes = List.of();
        private boolean destination;

        private Builder(String name, FieldType type, String help, List<Field> fields) {
            this.name = name;
            this.type = type;
            this.help = help;
            this.fields = fields;
        }

        /** Sets the name for people; without it, it is made from the name. */
        public Builder label(String text) {
            label = text;
            return this;
        }

        /** Sets what a number counts. */
        public Builder unit(String text) {
            unit = text;
            return this;
        }

        /** Sets the value where the field is absent, as it would be written: a text, a number, a flag or a duration such as {@code 30s}. */
        public Builder fallback(Object value) {
            fallback = value;
            return this;
        }

        /** Sets in words what holds where it is absent, if that is no fixed value. */
        public Builder absent(String text) {
            absent = text;
            return this;
        }

        /** Sets a value as an example. */
        public Builder example(String text) {
            example = text;
            return this;
        }

        /** Sets the values that it may have; the first one is the default. */
        public Builder choices(String... values) {
            choices = List.of(values);
            fallback = values[0];
            return this;
        }

        /** Sets the range of an integer. */
        public Builder range(int min, int max) {
            least = (long) min;
            most = (long) max;
            return this;
        }

        /** Sets the range of a duration, in whole milliseconds; null for no longest one. */
        public Builder range(Duration shortest, @Nullable Duration longest) {
            least = shortest.toMillis();
            most = longest == null ? null : longest.toMillis();
            return this;
        }

        /** Allows zero beyond the range. */
        public Builder orZero() {
            zero = true;
            return this;
        }

        /**
         * Sets what the whole text has to match.
         *
         * @param regex a regular expression, of those that JSON Schema and Java have in common
         * @param words what it stands for, as it follows "expected"
         */
        public Builder pattern(String regex, String words) {
            pattern = Pattern.compile(regex);
            expected = words;
            return this;
        }

        /** Makes it required. */
        public Builder required() {
            required = true;
            return this;
        }

        /** Makes it required where another field of the section has one of these values, or is there if none is named. */
        public Builder requiredWhen(String field, String... values) {
            requiredWhen = new Condition(field, values);
            return this;
        }

        /** Refuses it where another field of the section has none of these values, or is absent if none is named. */
        public Builder onlyWhen(String field, String... values) {
            onlyWhen = new Condition(field, values);
            return this;
        }

        /** Refuses it together with any of these fields of the section. */
        public Builder excludes(String... others) {
            excludes = List.of(others);
            return this;
        }

        /** Says that it has a say in where credentials go, see {@link Field#destination}. */
        public Builder destination() {
            destination = true;
            return this;
        }

        /** Returns the field. */
        public Field build() {
            return new Field(this);
        }
    }
}
