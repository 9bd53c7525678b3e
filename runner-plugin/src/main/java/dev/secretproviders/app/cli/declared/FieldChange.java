package dev.secretproviders.app.cli.declared;

import org.jspecify.annotations.Nullable;

/**
 * A field that differs. Its texts hold no secret.
 *
 * @param field its path, such as {@code cache.ttl}
 * @param before its value at the runner, or null if it has none
 * @param after its value in the file, or null if it has none
 */
record FieldChange(
        String field, @Nullable String before, @Nullable String after) {}
