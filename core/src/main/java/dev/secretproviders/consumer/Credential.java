package dev.secretproviders.consumer;

import org.jspecify.annotations.Nullable;

/**
 * One key-auth credential of a consumer.
 *
 * @param id the credential's id, or null if the key is in the consumer itself
 * @param key the key, or the reference to it
 */
public record Credential(@Nullable String id, CredentialKey key) {}
