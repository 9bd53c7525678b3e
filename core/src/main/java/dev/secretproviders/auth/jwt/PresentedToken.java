package dev.secretproviders.auth.jwt;

import dev.secretproviders.auth.jwt.JwtClaims.TimeClaim;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A token that a request shows, split but not verified, and what the route demands of it. Refers to the request's bytes.
 *
 * <p>Immutable.
 */
final class PresentedToken {
    private final CompactJws jws;
    private final JwtClaims claims;
    private final byte @Nullable [] key;
    private final Set<TimeClaim> demanded;

    private PresentedToken(CompactJws jws, JwtClaims claims, Set<TimeClaim> demanded) {
        this.jws = jws;
        this.claims = claims;
        String named = claims.key();
        this.key = named == null ? null : named.getBytes(StandardCharsets.UTF_8);
        this.demanded = demanded;
    }

    /** Why a token is refused, in the order in which APISIX looks. */
    enum Fault {
        MALFORMED("JWT token invalid"),
        NO_KEY("missing user key in JWT token"),
        UNKNOWN_KEY("Invalid user key in JWT token"),
        NOT_VERIFIED("failed to verify jwt");

        private final String message;

        Fault(String message) {
            this.message = message;
        }

        /** Returns APISIX's message in the answer. */
        String message() {
            return message;
        }
    }

    /**
     * Reads a token.
     *
     * @return null if it is no token
     */
    static @Nullable PresentedToken parse(
            byte[] bytes, int offset, int length, String keyClaim, Set<TimeClaim> demanded) {
        CompactJws jws = CompactJws.parse(bytes, offset, length);
        JwtClaims claims = jws == null ? null : JwtClaims.parse(jws.payload(), keyClaim);
        if (jws == null || claims == null) {
            return null;
        }
        return new PresentedToken(jws, claims, demanded);
    }

    CompactJws jws() {
        return jws;
    }

    JwtClaims claims() {
        return claims;
    }

    /** Returns the claim that names the credential, in UTF-8; null if it is of a type that no credential has. */
    byte @Nullable [] key() {
        return key;
    }

    /** Returns whether its times hold. */
    boolean holds(long now, long graceSeconds) {
        return claims.hold(demanded, now, graceSeconds);
    }

    /** Returns the second from which it no longer holds; {@link Long#MAX_VALUE} if the route looks at no {@code exp}. */
    long endsAt(long graceSeconds) {
        return counts(TimeClaim.EXP) ? claims.endsAt(graceSeconds) : Long.MAX_VALUE;
    }

    /** Returns whether it may hold later, and does not now, by its {@code nbf}. */
    boolean isEarly(long now) {
        return counts(TimeClaim.NBF) && claims.notBefore() >= now;
    }

    private boolean counts(TimeClaim claim) {
        return demanded.isEmpty() || demanded.contains(claim);
    }
}
