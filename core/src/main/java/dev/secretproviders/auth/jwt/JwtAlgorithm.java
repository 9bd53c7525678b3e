package dev.secretproviders.auth.jwt;

import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An algorithm that APISIX's {@code jwt-auth} accepts for a consumer (RFC 7518, section 3.1, and RFC 8037). {@code none}
 * is not among them.
 */
public enum JwtAlgorithm {
    HS256(Family.HMAC, "HmacSHA256", 256),
    HS384(Family.HMAC, "HmacSHA384", 384),
    HS512(Family.HMAC, "HmacSHA512", 512),
    RS256(Family.RSA, "SHA256withRSA", 256),
    RS384(Family.RSA, "SHA384withRSA", 384),
    RS512(Family.RSA, "SHA512withRSA", 512),
    ES256(Family.ELLIPTIC_CURVE, "SHA256withECDSAinP1363Format", 256),
    ES384(Family.ELLIPTIC_CURVE, "SHA384withECDSAinP1363Format", 384),
    ES512(Family.ELLIPTIC_CURVE, "SHA512withECDSAinP1363Format", 512),
    PS256(Family.RSA_PSS, "RSASSA-PSS", 256),
    PS384(Family.RSA_PSS, "RSASSA-PSS", 384),
    PS512(Family.RSA_PSS, "RSASSA-PSS", 512),
    EDDSA(Family.EDWARDS_CURVE, "EdDSA", 0);

    /** What kind of key an algorithm needs. */
    enum Family {
        HMAC,
        RSA,
        RSA_PSS,
        ELLIPTIC_CURVE,
        EDWARDS_CURVE
    }

    private final Family family;
    private final String runtimeName;
    private final int digestBits;

    JwtAlgorithm(Family family, String runtimeName, int digestBits) {
        this.family = family;
        this.runtimeName = runtimeName;
        this.digestBits = digestBits;
    }

    /** Returns the algorithm with this name in a token's header; empty for every other text, {@code none} included. */
    public static Optional<JwtAlgorithm> named(String name) {
        return Arrays.stream(values())
                .filter(algorithm -> algorithm.headerName().equals(name))
                .findFirst();
    }

    /** Returns all names, for messages. */
    public static String names() {
        return Arrays.stream(values()).map(JwtAlgorithm::headerName).collect(Collectors.joining(", "));
    }

    /** Returns its name in a token's header and in APISIX's configuration. */
    public String headerName() {
        return this == EDDSA ? "EdDSA" : name();
    }

    /** Returns whether the key is a secret that both sides share; else it is a public key. */
    public boolean symmetric() {
        return family == Family.HMAC;
    }

    Family family() {
        return family;
    }

    /** Returns the name by which the Java runtime knows it. */
    String runtimeName() {
        return runtimeName;
    }

    /** Returns the length of its digest in bits; 0 for EdDSA, where the key decides. */
    int digestBits() {
        return digestBits;
    }

    /** Returns what the Java runtime needs besides the name, or null. */
    @Nullable
    AlgorithmParameterSpec parameters() {
        return switch (family) {
            case RSA_PSS -> {
                String digest = "SHA-" + digestBits;
                // The salt is as long as the digest (RFC 7518, section 3.5).
                yield new PSSParameterSpec(
                        digest,
                        "MGF1",
                        new MGF1ParameterSpec(digest),
                        digestBits / Byte.SIZE,
                        PSSParameterSpec.TRAILER_FIELD_BC);
            }
            case HMAC, RSA, ELLIPTIC_CURVE, EDWARDS_CURVE -> null;
        };
    }

    @Override
    public String toString() {
        return headerName();
    }
}
