package dev.secretproviders.auth.jwt;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The claims of a token that decide. Immutable.
 *
 * @param key the claim that names the consumer, as a string; null if it is absent or of another type
 * @param hasKey whether that claim is there. APISIX counts {@code false} as absent
 * @param expires {@code exp} in seconds; {@link #ABSENT} if it is not there, minus infinity if it is no number
 * @param notBefore {@code nbf} in seconds; {@link #ABSENT} if it is not there, infinity if it is no number
 */
record JwtClaims(@Nullable String key, boolean hasKey, double expires, double notBefore) {
    static final double ABSENT = Double.NaN;

    /** A claim about time, as {@code claims_to_verify} names it. */
    enum TimeClaim {
        EXP,
        NBF;

        /** Returns the claim of this name, or null. */
        static @Nullable TimeClaim named(String name) {
            return switch (name) {
                case "exp" -> EXP;
                case "nbf" -> NBF;
                default -> null;
            };
        }
    }

    /**
     * Reads a payload.
     *
     * @param keyClaim the name of the claim that names the consumer
     * @return null if the payload is not one well-formed JSON object with each name once
     */
    static @Nullable JwtClaims parse(byte[] payload, String keyClaim) {
        String json = StrictJson.utf8(payload);
        if (json == null) {
            return null;
        }
        String key = null;
        boolean hasKey = false;
        double expires = ABSENT;
        double notBefore = ABSENT;
        try (JsonParser parser = StrictJson.parser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                // The key may be in one of the other two claims.
                if (name.equals(keyClaim)) {
                    hasKey = value != JsonToken.VALUE_FALSE;
                    key = value == JsonToken.VALUE_STRING ? parser.getString() : null;
                }
                switch (name) {
                    // A value that is no number counts as one that can never hold.
                    case "exp" -> expires = number(parser, value, Double.NEGATIVE_INFINITY);
                    case "nbf" -> notBefore = number(parser, value, Double.POSITIVE_INFINITY);
                    default -> {}
                }
                parser.skipChildren();
            }
            if (parser.nextToken() != null) {
                return null;
            }
        } catch (JacksonException e) {
            return null;
        }
        return new JwtClaims(key, hasKey, expires, notBefore);
    }

    private static double number(JsonParser parser, JsonToken value, double otherwise) {
        return switch (value) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            default -> otherwise;
        };
    }

    /**
     * Returns whether the claims about time hold ({@code verify_claims} of {@code apisix/plugins/jwt-auth/parser.lua}).
     *
     * @param demanded the claims that must be there and hold; without any, those that are there must hold
     * @param now seconds since 1970, without fractions, as APISIX compares them
     * @param grace seconds by which the token counts as longer valid, at both ends
     */
    boolean hold(Set<TimeClaim> demanded, long now, long grace) {
        if (demanded.isEmpty()) {
            return (Double.isNaN(expires) || expires > now - grace)
                    && (Double.isNaN(notBefore) || notBefore < now + grace);
        }
        // A comparison with an absent claim is false.
        return (!demanded.contains(TimeClaim.EXP) || expires > now - grace)
                && (!demanded.contains(TimeClaim.NBF) || notBefore < now + grace);
    }

    /** Returns the second from which {@code exp} no longer holds; {@link Long#MAX_VALUE} if there is none. */
    long endsAt(long grace) {
        return Double.isNaN(expires) ? Long.MAX_VALUE : (long) Math.ceil(expires + grace);
    }
}
