package dev.secretproviders.auth.jwt;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.spec.ECField;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;

/** The curve of one of the algorithms ES256, ES384 and ES512 (RFC 7518, section 3.4). */
enum EllipticCurve {
    P256("P-256", "secp256r1", JwtAlgorithm.ES256),
    P384("P-384", "secp384r1", JwtAlgorithm.ES384),
    P521("P-521", "secp521r1", JwtAlgorithm.ES512);

    private static final BigInteger THREE = BigInteger.valueOf(3);

    private final String name;
    private final JwtAlgorithm algorithm;
    /** The parameters of a curve never change. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final ECParameterSpec parameters;

    EllipticCurve(String name, String runtimeName, JwtAlgorithm algorithm) {
        this.name = name;
        this.algorithm = algorithm;
        try {
            AlgorithmParameters known = AlgorithmParameters.getInstance("EC");
            known.init(new ECGenParameterSpec(runtimeName));
            parameters = known.getParameterSpec(ECParameterSpec.class);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no " + runtimeName, e);
        }
    }

    /** Returns the curve that an algorithm demands. */
    static EllipticCurve of(JwtAlgorithm algorithm) {
        for (EllipticCurve curve : values()) {
            if (curve.algorithm == algorithm) {
                return curve;
            }
        }
        throw new IllegalArgumentException(algorithm + " has no curve");
    }

    /** Returns its name in a JSON web key. */
    String jwkName() {
        return name;
    }

    ECParameterSpec parameters() {
        return parameters;
    }

    /** Returns whether these are the parameters of this curve. */
    boolean is(ECParameterSpec other) {
        return other.getCurve().equals(parameters.getCurve())
                && other.getGenerator().equals(parameters.getGenerator())
                && other.getOrder().equals(parameters.getOrder())
                && other.getCofactor() == parameters.getCofactor();
    }

    /** Returns whether the point lies on this curve. The Java runtime does not check that for a public key. */
    boolean contains(ECPoint point) {
        ECField field = parameters.getCurve().getField();
        if (point.equals(ECPoint.POINT_INFINITY) || !(field instanceof ECFieldFp prime)) {
            return false;
        }
        BigInteger p = prime.getP();
        BigInteger x = point.getAffineX();
        BigInteger y = point.getAffineY();
        if (x.signum() < 0 || y.signum() < 0 || x.compareTo(p) >= 0 || y.compareTo(p) >= 0) {
            return false;
        }
        BigInteger right = x.modPow(THREE, p)
                .add(parameters.getCurve().getA().multiply(x))
                .add(parameters.getCurve().getB())
                .mod(p);
        return y.multiply(y).mod(p).equals(right);
    }
}
