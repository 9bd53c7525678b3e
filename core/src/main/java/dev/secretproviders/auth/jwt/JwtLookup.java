package dev.secretproviders.auth.jwt;

import dev.secretproviders.auth.CredentialIndex;
import dev.secretproviders.auth.CredentialLookup;
import dev.secretproviders.auth.KeyClaim;
import dev.secretproviders.auth.LookupResult;
import dev.secretproviders.auth.LookupResult.NoMatch;
import dev.secretproviders.auth.LookupResult.Proven;
import dev.secretproviders.auth.jwt.PresentedToken.Fault;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the credential of a token and verifies the token. The times are looked at before the signature, because that is
 * cheaper and the answer is the same.
 *
 * <p>Thread-safe and lock-free; does no I/O.
 */
final class JwtLookup {
    private final CredentialLookup lookup;
    private final KeyDigester digester;
    private final VerifiedTokens verified;
    private final LongSupplier clock;

    /** The result for one token. */
    sealed interface Result {
        /**
         * The token is good.
         *
         * @param secondsLeft for how long its own times let it be so; {@link Long#MAX_VALUE} if without end
         */
        record Good(Proven proven, long secondsLeft) implements Result {}

        /** The token is refused. */
        record Bad(Fault fault) implements Result {}

        /**
         * It is not known which credential has the key, or what proves it, or the credential does not count now; never
         * {@link NoMatch#INVALID}.
         */
        record Unknown(NoMatch reason) implements Result {}

        /**
         * A public key has to verify the signature: call {@link JwtLookup#verify} off the event loop.
         *
         * @param digest of the token
         * @param claim of the credential
         */
        record Slow(KeyDigest digest, KeyClaim claim) implements Result {}
    }

    private static final Result MALFORMED = new Result.Bad(Fault.MALFORMED);
    private static final Result NO_KEY = new Result.Bad(Fault.NO_KEY);
    private static final Result UNKNOWN_KEY = new Result.Bad(Fault.UNKNOWN_KEY);
    private static final Result NOT_VERIFIED = new Result.Bad(Fault.NOT_VERIFIED);

    /** What was seen while the proofs of a credential were tried. For one thread. */
    private final class Trial {
        private final PresentedToken token;
        private final long now = clock.getAsLong();
        private final @Nullable KeyDigest digest;
        private final @Nullable JwtVerifier confirmed;
        private final boolean mayTakeLong;
        boolean slow;
        boolean wrong;
        long graceSeconds;

        Trial(PresentedToken token, Place place, Result.@Nullable Slow known) {
            this.token = token;
            this.mayTakeLong = known != null;
            JwtAlgorithm algorithm = token.jws().header().algorithm();
            boolean remembered = algorithm != null && !algorithm.symmetric();
            digest = known != null ? known.digest() : remembered ? place.digest(digester) : null;
            confirmed = digest == null ? null : verified.of(digest);
        }

        boolean shows(JwtProof proof) {
            if (!token.holds(now, proof.graceSeconds())) {
                return false;
            }
            JwtKeys keys = proof.keys();
            if (!keys.accept(token.jws())) {
                wrong = true;
                return false;
            }
            graceSeconds = proof.graceSeconds();
            if (confirmed != null && keys.hold(confirmed)) {
                return true;
            }
            if (keys.slow() && !mayTakeLong) {
                slow = true;
                return false;
            }
            JwtVerifier by = keys.verify(token.jws());
            if (by == null) {
                wrong = true;
            } else if (digest != null) {
                verified.add(digest, by, Duration.ofSeconds(Math.min(secondsLeft(), Integer.MAX_VALUE)));
            }
            return by != null;
        }

        long secondsLeft() {
            long end = token.endsAt(graceSeconds);
            return end == Long.MAX_VALUE ? end : end - now;
        }
    }

    JwtLookup(AuthContext context, VerifiedTokens verified, LongSupplier clock) {
        this.lookup = context.lookup(CredentialKind.JWT_AUTH);
        this.digester = context.digester();
        this.verified = verified;
        this.clock = clock;
    }

    /**
     * Judges a token as far as an event loop may.
     *
     * @param token what {@link PresentedToken#parse} made of the bytes
     * @param source the sender, for the count of wrong tokens
     */
    Result find(
            CredentialIndex index, @Nullable PresentedToken token, byte[] bytes, int offset, int length, long source) {
        return find(index, token, new Place(bytes, offset, length, source), null);
    }

    /**
     * Judges a token, and verifies it with a public key if need be. Never on an event loop.
     *
     * @param slow what {@link #find} gave
     */
    Result verify(
            CredentialIndex index,
            @Nullable PresentedToken token,
            Result.Slow slow,
            byte[] bytes,
            int offset,
            int length,
            long source) {
        return find(index, token, new Place(bytes, offset, length, source), slow);
    }

    /** Where the token is, and who sent it. */
    private static final class Place {
        private final byte[] bytes;
        private final int offset;
        private final int length;
        private final long source;

        Place(byte[] bytes, int offset, int length, long source) {
            this.bytes = bytes;
            this.offset = offset;
            this.length = length;
            this.source = source;
        }

        /** Returns a digest, which tells nothing about the token. */
        KeyDigest digest(KeyDigester digester) {
            return digester.digest(bytes, offset, length);
        }

        void note(CredentialLookup lookup, KeyDigester digester) {
            lookup.noteWrong(source, digester.digestOf(bytes, offset, length)[0]);
        }
    }

    /** @param known what is known of a token that may take long, or null */
    private Result find(
            CredentialIndex index, @Nullable PresentedToken token, Place place, Result.@Nullable Slow known) {
        if (token == null) {
            return MALFORMED;
        }
        if (!token.claims().hasKey()) {
            return NO_KEY;
        }
        byte[] key = token.key();
        LookupResult found = NoMatch.INVALID;
        if (known != null) {
            found = lookup.again(index, known.claim());
        } else if (key != null) {
            found = lookup.find(index, key, 0, key.length);
        }
        return switch (found) {
            case KeyClaim claim -> prove(claim, token, place, known);
            case NoMatch none -> none == NoMatch.INVALID ? unknownKey(place) : new Result.Unknown(none);
            case Proven _ -> throw new IllegalStateException("a claim is not proven by being found");
        };
    }

    private Result prove(KeyClaim claim, PresentedToken token, Place place, Result.@Nullable Slow known) {
        Trial trial = new Trial(token, place, known);
        LookupResult result = lookup.prove(claim, (proof, by) -> proof instanceof JwtProof jwt && by.shows(jwt), trial);
        if (result instanceof Proven proven) {
            return new Result.Good(proven, trial.secondsLeft());
        }
        if (trial.slow) {
            return new Result.Slow(Objects.requireNonNull(trial.digest), claim);
        }
        if (result != NoMatch.INVALID) {
            return new Result.Unknown((NoMatch) result);
        }
        // A token that only has expired is no attempt to guess.
        if (trial.wrong) {
            place.note(lookup, digester);
        }
        return NOT_VERIFIED;
    }

    private Result unknownKey(Place place) {
        place.note(lookup, digester);
        return UNKNOWN_KEY;
    }
}
