package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.document.Written;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A change that makes a runner's object what a file says.
 *
 * @param path the object's path in the Admin API
 * @param etag the revision that it changes, or null if it is not known
 * @param fields the fields to write; for a deletion those that the runner has
 * @param differences the fields that differ; empty for a deletion
 * @param written the fields as the file has them, before variables were put in
 */
record Change(
        Verb verb,
        ObjectKind kind,
        String name,
        String path,
        @Nullable String etag,
        ObjectNode fields,
        List<FieldChange> differences,
        Written written) {
    Change {
        differences = List.copyOf(differences);
    }

    /** Returns the object, such as {@code provider vault/prod}. */
    String object() {
        return kind.singular() + " " + name;
    }

    /** Returns the names of the providers that its fields need. */
    Set<String> referred() {
        return kind.referred(fields);
    }

    /** The fields may hold secrets. */
    @Override
    public String toString() {
        return verb + " " + object();
    }
}
