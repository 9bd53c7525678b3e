package dev.secretproviders.auth;

import org.jspecify.annotations.Nullable;

/**
 * Names one credential.
 *
 * @param username the consumer's name
 * @param id the credential's id, or null for the consumer's inline credential
 */
public record CredentialName(String username, @Nullable String id) {}
