package dev.secretproviders.auth;

import dev.secretproviders.auth.proof.HeldProof;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.NameDigest;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.validity.Validity;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A claim that a request has to prove. Immutable, as the claim itself. */
final class ProvableClaim extends KeyClaim {
    private final HeldProof[] proofs;
    private final boolean undecided;
    private final Validity validity;

    /**
     * What proves a claim.
     *
     * @param held the proofs, that of the current version first
     * @param undecided whether the current proof could not be resolved yet
     */
    record Proofs(List<HeldProof> held, boolean undecided) {}

    /**
     * Makes a claim.
     *
     * @param validity when the attribute counts; each proof has a validity besides
     */
    ProvableClaim(
            KeyDigest digest,
            Identity identity,
            @Nullable HeldVersion version,
            boolean previous,
            Proofs proofs,
            Validity validity) {
        super(
                digest,
                digest instanceof NameDigest name ? name.printHash() : digest.hashCode(),
                identity,
                version,
                previous);
        this.proofs = proofs.held().toArray(HeldProof[]::new);
        this.undecided = proofs.undecided();
        this.validity = validity;
    }

    /** Returns the proofs, which must not be changed. */
    HeldProof[] proofs() {
        return proofs;
    }

    boolean undecided() {
        return undecided;
    }

    @Override
    Validity validity() {
        return validity;
    }

    @Override
    void forEachValidity(Consumer<Validity> action) {
        super.forEachValidity(action);
        for (HeldProof proof : proofs) {
            action.accept(proof.validity());
        }
    }

    @Override
    boolean sameProofs(KeyClaim other) {
        return other instanceof ProvableClaim that && undecided == that.undecided && Arrays.equals(proofs, that.proofs);
    }
}
