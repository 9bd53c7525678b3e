package dev.secretproviders.spi;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The fields that provider objects of one manager take in addition to {@linkplain CommonFields those of all managers}.
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

    /** Returns the manager's own fields, and {@code tls.allow_plaintext} if there are addresses among them. */
    public List<Field> connection() {
        if (!connects()) {
            return fields;
        }
        List<Field> all = new ArrayList<>(fields);
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).name().equals(CommonFields.TLS.name())) {
                all.set(i, all.get(i).with(CommonFields.ALLOW_PLAINTEXT));
                return List.copyOf(all);
            }
        }
        all.add(CommonFields.TLS);
        return List.copyOf(all);
    }

    /** Returns all fields that an object may have: {@link #connection} and {@link CommonFields#ALL}. */
    public List<Field> all() {
        List<Field> all = new ArrayList<>(connection());
        all.addAll(CommonFields.ALL);
        return List.copyOf(all);
    }

    /** Returns whether objects name addresses. */
    public boolean connects() {
        return connects(fields);
    }

    private static boolean connects(Collection<Field> fields) {
        return fields.stream().anyMatch(field -> field.type() == FieldType.URI || connects(field.fields()));
    }
}
