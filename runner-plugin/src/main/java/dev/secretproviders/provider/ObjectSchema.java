package dev.secretproviders.provider;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields that provider objects of one manager take beside those common to all; the source of their JSON schema, of what is
 * masked, and of the forms that ask for them.
 */
public record ObjectSchema(List<Field> fields) {
    public ObjectSchema {
        fields = List.copyOf(fields);
    }

    /** What a field holds. */
    public enum Type {
        TEXT,
        /** An absolute http or https URI. */
        URI,
        /** A secret, or a reference to one: sealed at rest, masked in answers. */
        SECRET,
        INTEGER,
        FLAG,
        /** A number with a unit, such as {@code 30s}. */
        DURATION,
        /** A list of texts. */
        TEXTS,
        /** Fields of its own. */
        SECTION
    }

    /**
     * One field.
     *
     * @param name as in JSON
     * @param type what it holds
     * @param required whether an object without it is refused
     * @param destination whether it says where credentials are sent: changing it demands that secrets are given anew
     * @param choices the values it may have; empty for any
     * @param fallback the value where it is absent, or null for none
     * @param description one sentence
     * @param fields the fields of a section
     */
    public record Field(
            String name,
            Type type,
            boolean required,
            boolean destination,
            List<String> choices,
            @Nullable Object fallback,
            String description,
            List<Field> fields) {
        public Field {
            choices = List.copyOf(choices);
            fields = List.copyOf(fields);
        }

        /** Returns an optional field. */
        public static Field of(String name, Type type, String description) {
            return new Field(name, type, false, false, List.of(), null, description, List.of());
        }

        /** Returns an optional section. */
        public static Field section(String name, String description, Field... fields) {
            return new Field(name, Type.SECTION, false, false, List.of(), null, description, List.of(fields));
        }

        /** Returns this field, required. */
        public Field mandatory() {
            return new Field(name, type, true, destination, choices, fallback, description, fields);
        }

        /** Returns this field as one that says where credentials are sent. */
        public Field destined() {
            return new Field(name, type, required, true, choices, fallback, description, fields);
        }

        /** Returns this field with the values it may have; the first one is the default. */
        public Field choices(String... values) {
            return new Field(name, type, required, destination, List.of(values), values[0], description, fields);
        }

        /** Returns this field with a default. */
        public Field fallback(Object value) {
            return new Field(name, type, required, destination, choices, value, description, fields);
        }
    }
}
