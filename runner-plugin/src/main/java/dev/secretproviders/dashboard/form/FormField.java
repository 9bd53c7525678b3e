package dev.secretproviders.dashboard.form;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One field of a form, for the template {@code form}. Immutable.
 *
 * @param path the path in the object, such as {@code auth.role_id}, as problems name it
 * @param about what the schema says of it
 * @param value the text in it; never that of a secret
 * @param kept whether a secret is stored, which stays unless another one is written
 * @param fields the fields of a section
 * @param rows the fields of each row of a list
 * @param problem what is wrong with it, or null
 */
public record FormField(
        String path,
        Kind kind,
        About about,
        String value,
        boolean kept,
        List<FormField> fields,
        List<List<FormField>> rows,
        @Nullable String problem) {

    /** How a field is written. */
    public enum Kind {
        /** One line of text. */
        TEXT,
        /** A value that is never shown. */
        SECRET,
        /** A whole number. */
        NUMBER,
        /** Yes, no, or the default. */
        FLAG,
        /** One of some values. */
        CHOICE,
        /** One text on each line. */
        TEXTS,
        /** A name and a value on each line. */
        MAP,
        /** Fields below it. */
        SECTION,
        /** Rows of fields. */
        LIST
    }

    /**
     * What the schema says of a field.
     *
     * @param fallback what holds if it is empty, or an empty text
     * @param example how it may look, or an empty text
     * @param only the values of another field for which it is there, or null
     */
    public record About(
            String title,
            String help,
            boolean required,
            String fallback,
            String example,
            String unit,
            List<String> choices,
            @Nullable Only only) {}

    /**
     * That a field goes with some values of another one.
     *
     * @param path the path of the other field
     * @param values its values; none for any value
     */
    public record Only(String path, List<String> values) {
        /** Returns the values in words. */
        public String words() {
            String name = path.substring(path.lastIndexOf('.') + 1);
            return values.isEmpty() ? "Only with " + name + "." : "Only if " + name + " is " + listed() + ".";
        }

        private String listed() {
            return values.size() == 1
                    ? values.getFirst()
                    : String.join(", ", values.subList(0, values.size() - 1)) + " or " + values.getLast();
        }
    }

    /** Returns the name of its input. */
    public String input() {
        return FormReader.PREFIX + path;
    }

    /** Returns the id of its input. */
    public String id() {
        return "field-" + path.replace('.', '-');
    }

    /** Returns whether a section is shown open: something in it is set, required or wrong. */
    public boolean open() {
        return about.required()
                || problem != null
                || !value.isEmpty()
                || kept
                || fields.stream().anyMatch(FormField::open)
                || rows.stream().flatMap(List::stream).anyMatch(FormField::set);
    }

    private boolean set() {
        return problem != null || !value.isEmpty() || kept || fields.stream().anyMatch(FormField::set);
    }
}
