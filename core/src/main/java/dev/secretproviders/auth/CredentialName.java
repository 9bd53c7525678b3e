package dev.secretproviders.auth;

import org.jspecify.annotations.Nullable;

/**
 * Names one credential.
 *
 * @param username the consumer
 * @param id the credential's id, or null for the one written into the consumer itself
 */
public record CredentialName(String username, @Nullable String id) {}
