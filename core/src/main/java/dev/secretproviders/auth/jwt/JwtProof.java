package dev.secretproviders.auth.jwt;

import dev.secretproviders.auth.proof.Proof;
import org.jspecify.annotations.Nullable;

/**
 * Proves tokens of a credential.
 *
 * @param keys what verifies their signatures
 * @param graceSeconds by how much their times count as longer
 */
record JwtProof(JwtKeys keys, long graceSeconds) implements Proof {

    @Override
    public @Nullable String weakness() {
        return keys.weakness().orElse(null);
    }
}
