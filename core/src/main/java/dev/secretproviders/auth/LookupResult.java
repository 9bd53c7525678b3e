package dev.secretproviders.auth;

import dev.secretproviders.auth.proof.HeldProof;
import dev.secretproviders.validity.Validity;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The result of looking up what a request shows: a credential's valid claim to it, that claim with its proof, or the
 * reason why there is none.
 */
public sealed interface LookupResult permits KeyClaim, LookupResult.Proven, LookupResult.NoMatch {

    /** A claim and the proof that the request showed. */
    record Proven(KeyClaim claim, HeldProof proof) implements LookupResult {
        /** Returns the owner. */
        public Identity identity() {
            return Objects.requireNonNull(claim.identity());
        }

        /** Returns whether the attribute or the proof is that of a version before the current one. */
        public boolean previous() {
            return claim.previous() || proof.previous();
        }

        /**
         * Returns for how many nanoseconds the same request would still be accepted; {@link Long#MAX_VALUE} if without
         * end.
         *
         * @param now the resolver's ticker, nanoseconds
         */
        public long usableFor(long now) {
            return Math.min(claim.usableFor(now), proof.usableFor(now));
        }

        /** Returns for how many milliseconds its validity lasts; {@link Long#MAX_VALUE} if without end. */
        public long validFor(long millis) {
            return Math.min(claim.validFor(millis), proof.validity().left(millis));
        }
    }

    /** The reason why no credential's claim to the key is valid. */
    enum NoMatch implements LookupResult {
        /** No credential has it. */
        INVALID,
        /** Several credentials have it. */
        AMBIGUOUS,
        /** It is right, but its time is over. */
        EXPIRED,
        /** It is right, but its time has not begun. */
        NOT_YET_VALID,
        /** It is right, but its credential is disabled, or has a validity that cannot be read. */
        DISABLED,
        /**
         * The key may belong to a credential that could not be resolved yet, or whose value could not be confirmed for
         * too long.
         */
        UNRESOLVED,
        /** The consumers were not read yet, so any credential may be good. */
        NOTHING_KNOWN;

        /** Returns why a credential does not count at a moment, or null if it does. */
        static @Nullable NoMatch outside(Validity validity, InstantSource clock) {
            if (validity.isUnlimited()) {
                return null;
            }
            return switch (validity.at(clock.millis())) {
                case VALID -> null;
                case NOT_YET -> NOT_YET_VALID;
                case EXPIRED -> EXPIRED;
                case DISABLED, UNREADABLE -> DISABLED;
            };
        }
    }
}
