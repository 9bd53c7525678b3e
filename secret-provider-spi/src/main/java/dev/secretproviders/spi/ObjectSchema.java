package dev.secretproviders.spi;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields that provider objects of one manager take beside those common to all; the source of their JSON schema, of what is
 * masked, and of the forms that ask for them.
 */
public record ObjectSchema(List<Field> fields) {
    /** The field below {@link #TLS} that allows connections without TLS. */
    public static final String ALLOW_PLAINTEXT = "allow_plaintext";

    /** The section that objects with addresses take; what a manager has in it comes on top. */
    public static final Field TLS = Field.section(
            "tls",
            "How the connection is protected.",
            Field.of(
                            ALLOW_PLAINTEXT,
                            FieldType.FLAG,
                            "Whether credentials and secrets may go to another machine by http, without TLS.")
                    .fallback(false)
                    .destined());

    /** The fields that objects of every manager take. */
    public static final List<Field> COMMON = List.of(
            Field.of("desc", FieldType.TEXT, "What the provider is for."),
            Field.section("labels", "Names and values of your own."),
            Field.of("timeout", FieldType.DURATION, "Limit for one answer of the manager, from 100ms to 1m.")
                    .fallback("5s"),
            Field.of("max_concurrency", FieldType.INTEGER, "How many questions may be open at a time, from 1 to 1000.")
                    .fallback(8),
            Field.section(
                    "budget",
                    "How often the manager may be asked.",
                    Field.of(
                                    "fetches_per_minute",
                                    FieldType.INTEGER,
                                    "Calls in any minute, from 10 to 1000000; 0 for no limit.")
                            .fallback(24_000)),
            Field.section(
                    "cache",
                    "For how long answers count.",
                    Field.of("ttl", FieldType.DURATION, "For how long a value counts as fresh; at least 1s.")
                            .fallback("60s"),
                    Field.of("negative_ttl", FieldType.DURATION, "For how long a missing secret is believed missing.")
                            .fallback("30s"),
                    Field.of(
                                    "stale_ttl",
                                    FieldType.DURATION,
                                    "For how long a value is served while the manager is down.")
                            .fallback("24h")),
            Field.section(
                    "rotation",
                    "What happens when a value changes.",
                    Field.of("overlap", FieldType.DURATION, "For how long the previous value is still accepted.")
                            .fallback("60s")),
            new Field(
                    "access",
                    FieldType.LIST,
                    false,
                    false,
                    List.of(),
                    null,
                    "Which consumers may refer to which paths; without it every consumer to every path.",
                    List.of(
                            Field.of("consumers", FieldType.TEXTS, "Patterns of consumer names."),
                            Field.section("labels", "Labels that the consumer must have."),
                            Field.of(
                                    "paths",
                                    FieldType.TEXTS,
                                    "Patterns of paths; {consumer} is the consumer's name."))));

    public ObjectSchema {
        fields = List.copyOf(fields);
    }

    /** Returns these fields with those common to all managers, and {@code tls.allow_plaintext} where addresses are among them. */
    public List<Field> all() {
        List<Field> all = new ArrayList<>(fields);
        if (connects()) {
            Field own = fields.stream()
                    .filter(field -> field.name().equals(TLS.name()))
                    .findFirst()
                    .orElse(null);
            if (own == null) {
                all.add(TLS);
            } else {
                all.set(all.indexOf(own), own.with(TLS.fields().getFirst()));
            }
        }
        all.addAll(COMMON);
        return all;
    }

    /** Returns whether objects name addresses. */
    public boolean connects() {
        return connects(fields);
    }

    private static boolean connects(List<Field> fields) {
        return fields.stream().anyMatch(field -> field.type() == FieldType.URI || connects(field.fields()));
    }

    /** What a field holds. */
    public enum FieldType {
        TEXT,
        /** An absolute http or https URI. */
        URI,
        /** A secret, or a reference to one: sealed at rest, masked in answers. */
        SECRET,
        /** A file, or a directory of files, with secrets in it. Over the Admin API only what {@code providers.files.allow} allows. */
        FILE,
        /** A file with nothing secret in it, such as certificates to trust. Allowed as above. */
        TRUST_FILE,
        INTEGER,
        FLAG,
        /** A number with a unit, such as {@code 30s}. */
        DURATION,
        /** A list of texts. */
        TEXTS,
        /** Fields of its own; without any, names and texts of the user's choice. */
        SECTION,
        /** A list of sections. */
        LIST
    }

    /**
     * One field.
     *
     * @param name as in JSON
     * @param type what it holds
     * @param required whether an object without it is refused
     * @param destination whether it has a say in where credentials go, to which server, tenant or login, and whether that server
     *     proves who it is: changing it demands that secrets are given anew, and the right to use what references stand for
     * @param choices the values it may have; empty for any
     * @param fallback the value where it is absent, or null for none
     * @param description one sentence
     * @param fields the fields of a section
     */
    public record Field(
            String name,
            FieldType type,
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
        public static Field of(String name, FieldType type, String description) {
            return new Field(name, type, false, false, List.of(), null, description, List.of());
        }

        /** Returns an optional section. */
        public static Field section(String name, String description, Field... fields) {
            return new Field(name, FieldType.SECTION, false, false, List.of(), null, description, List.of(fields));
        }

        /** Returns this section with one more field. */
        Field with(Field more) {
            List<Field> inside = new ArrayList<>(fields);
            inside.add(more);
            return new Field(name, type, required, destination, choices, fallback, description, inside);
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
