package dev.secretproviders.auth.usage;

import dev.secretproviders.spi.SecretReference;
import java.time.Instant;
import java.util.List;

/**
 * How often a credential was accepted since its uses were last taken.
 *
 * @param references the references of the credential
 * @param current the number of uses of the current version
 * @param previous the number of uses of versions before it
 * @param last the time of the last use, to the second
 */
public record CredentialUses(
        CredentialName credential, List<SecretReference> references, long current, long previous, Instant last) {}
