package dev.secretproviders.provider.vault;

import dev.secretproviders.spi.Secret;
import java.time.Duration;

/**
 * A token as Vault granted or described it.
 *
 * @param ttl for how long it lives from now; zero for ever
 * @param renewable whether its life can be prolonged
 */
record TokenGrant(Secret token, Duration ttl, boolean renewable) {}
