package dev.secretproviders.provider.vault;

import dev.secretproviders.spi.Secret;
import java.time.Duration;

/**
 * A token as Vault granted or described it.
 *
 * @param ttl its remaining life; zero if it does not expire
 * @param renewable whether its life can be extended
 */
record TokenGrant(Secret token, Duration ttl, boolean renewable) {}
