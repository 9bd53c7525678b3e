package dev.secretproviders.auth;

import dev.secretproviders.spi.SecretReference;
import java.time.Instant;

/**
 * How often a credential was accepted since its uses were last taken.
 *
 * @param reference the reference that is the credential's key
 * @param current the number of uses of the current version
 * @param previous the number of uses of versions before it
 * @param last the time of the last use, to the second
 */
public record CredentialUses(
        CredentialName credential, SecretReference reference, long current, long previous, Instant last) {}
