package dev.secretproviders.spi;

import org.jspecify.annotations.Nullable;

/**
 * One meaning of a reference's path: a secret and a field of it.
 *
 * @param path the secret to fetch
 * @param field the field of it, or null for the whole secret
 */
public record SecretAddress(SecretPath path, @Nullable String field) {}
