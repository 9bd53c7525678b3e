package dev.secretproviders.spi;

import org.jspecify.annotations.Nullable;

/**
 * A question to a secret manager.
 *
 * @param path the secret
 * @param knownVersion the version the asker already has, as the provider named it, or null; if it is still the current one, the
 *     provider may answer {@link FetchResult.Unchanged} without fetching the value
 */
public record FetchRequest(SecretPath path, @Nullable String knownVersion) {}
