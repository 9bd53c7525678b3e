package dev.secretproviders.spi;

import java.util.Collection;
import java.util.List;

/**
 * The fields that provider objects of one manager take in addition to those that all managers have in common.
 * It is the source of the JSON schema, forms, the documentation's tables, masking, reading and error messages.
 * Immutable.
 */
public final class Descriptor {
    /** A manager whose objects have no fields of their own. */
    public static final Descriptor NONE = of();

    private final List<Field> fields;

    private Descriptor(List<Field> fields) {
        this.fields = List.copyOf(fields);
    }

    /** Returns a descriptor of these fields, in the order in which forms and documents show them. */
    public static Descriptor of(Field... fields) {
        return new Descriptor(List.of(fields));
    }

    /** Returns the manager's own fields. */
    public List<Field> fields() {
        return fields;
    }

    /** Returns whether objects name addresses. */
    public boolean connects() {
        return connects(fields);
    }

    private static boolean connects(Collection<Field> fields) {
        return fields.stream().anyMatch(field -> field.type() == FieldType.URI || connects(field.fields()));
    }
}
