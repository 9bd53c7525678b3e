package dev.secretproviders.auth;

import org.jspecify.annotations.Nullable;

/**
 * Who a request comes from.
 *
 * @param username the consumer
 * @param credentialId the credential, or null for one written into the consumer itself
 * @param customId the consumer's label {@code custom_id}, or null
 */
record Identity(
        String username,
        @Nullable String credentialId,
        @Nullable String customId) {}
