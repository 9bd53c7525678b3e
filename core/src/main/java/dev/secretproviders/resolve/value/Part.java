package dev.secretproviders.resolve.value;

import dev.secretproviders.spi.Transform;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of a secret that a reference stands for.
 *
 * @param field the field, or null for the whole secret
 * @param transforms the transforms that are applied to it, in order
 */
public record Part(@Nullable String field, List<Transform> transforms) {
    public Part {
        transforms = List.copyOf(transforms);
    }

    /** Creates the part that a field is, without transforms. */
    public Part(@Nullable String field) {
        this(field, List.of());
    }

    boolean isField() {
        return transforms.isEmpty();
    }

    /** Returns why a version without this part has no value for it. */
    String absence() {
        String what = field == null ? "the secret is not one string" : "the secret has no field '" + field + "'";
        return what + ", or its value is empty or itself a reference";
    }
}
