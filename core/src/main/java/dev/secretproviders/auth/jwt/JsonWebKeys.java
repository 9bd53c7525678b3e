package dev.secretproviders.auth.jwt;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads a key set, or one key, in JSON (RFC 7517, RFC 7518, section 6, and RFC 8037). */
final class JsonWebKeys {
    /** The most keys of a set. An issuer publishes a handful. */
    static final int MOST_KEYS = 64;

    private static final JsonMapper JSON = JsonMapper.builder(StrictJson.FACTORY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** What precedes the bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410). */
    private static final byte[] ED25519 = HexFormat.of().parseHex("302a300506032b6570032100");

    private static final byte[] ED448 = HexFormat.of().parseHex("3043300506032b6571033a00");

    private static final int ED25519_BYTES = 32;
    private static final int ED448_BYTES = 57;

    private JsonWebKeys() {}

    /** Returns the object if the text is a key set or a key; anything else may be a secret that is JSON by chance. */
    static Optional<JsonNode> read(String text) {
        if (!text.stripLeading().startsWith("{")) {
            return Optional.empty();
        }
        try {
            JsonNode tree = JSON.readTree(text);
            return tree.path("keys").isArray() || tree.path("kty").isString() ? Optional.of(tree) : Optional.empty();
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /**
     * Prepares the keys that an algorithm can use. Others are skipped, as RFC 7517 (section 5) asks.
     *
     * @param natives what verifies with public keys if it is there
     * @throws InvalidJwtKeyException if there are none
     */
    static List<JwtKeys.Entry> prepare(JsonNode tree, JwtAlgorithm algorithm, NativeSignatures natives)
            throws InvalidJwtKeyException {
        JsonNode keys = tree.path("keys");
        List<JsonNode> all = keys.isArray() ? keys.valueStream().toList() : List.of(tree);
        if (all.size() > MOST_KEYS) {
            throw new InvalidJwtKeyException("holds a key set of more than " + MOST_KEYS + " keys; remove old ones");
        }
        List<JwtKeys.Entry> entries = new ArrayList<>();
        String firstProblem = null;
        for (JsonNode key : all) {
            if (!isMeantFor(key, algorithm)) {
                continue;
            }
            try {
                entries.add(new JwtKeys.Entry(text(key, "kid"), verifier(key, algorithm, natives)));
            } catch (InvalidJwtKeyException e) {
                firstProblem = firstProblem == null ? e.getMessage() : firstProblem;
            }
        }
        if (entries.isEmpty()) {
            throw new InvalidJwtKeyException(
                    firstProblem == null
                            ? "holds a key set without a key for " + algorithm
                                    + " (by kty, crv, alg, use and key_ops); set algorithm to that of a key in it"
                            : firstProblem);
        }
        return entries;
    }

    private static boolean isMeantFor(JsonNode key, JwtAlgorithm algorithm) {
        JsonNode operations = key.path("key_ops");
        String stated = text(key, "alg");
        String use = text(key, "use");
        return type(algorithm).equals(text(key, "kty"))
                && (algorithm.family() != JwtAlgorithm.Family.ELLIPTIC_CURVE
                        || EllipticCurve.of(algorithm).jwkName().equals(text(key, "crv")))
                && (stated == null || stated.equals(algorithm.headerName()) || isNewName(stated, key, algorithm))
                && (use == null || use.equals("sig"))
                && (operations.isMissingNode()
                        || operations
                                .valueStream()
                                .anyMatch(operation -> operation.asString("").equals("verify")));
    }

    /** RFC 9864 gives each Edwards curve an algorithm of its own name. */
    private static boolean isNewName(String stated, JsonNode key, JwtAlgorithm algorithm) {
        return algorithm == JwtAlgorithm.EDDSA && stated.equals(text(key, "crv"));
    }

    private static String type(JwtAlgorithm algorithm) {
        return switch (algorithm.family()) {
            case HMAC -> "oct";
            case RSA, RSA_PSS -> "RSA";
            case ELLIPTIC_CURVE -> "EC";
            case EDWARDS_CURVE -> "OKP";
        };
    }

    private static JwtVerifier verifier(JsonNode key, JwtAlgorithm algorithm, NativeSignatures natives)
            throws InvalidJwtKeyException {
        if (algorithm.symmetric()) {
            byte[] secret = bytes(key, "k");
            try {
                return new JwtVerifier.Shared(algorithm, secret);
            } finally {
                Arrays.fill(secret, (byte) 0);
            }
        }
        if (key.has("d")) {
            throw new InvalidJwtKeyException(
                    "holds a private key (d), which only the issuer of tokens should have; store public keys");
        }
        try {
            return new JwtVerifier.Public(
                    algorithm,
                    PemKeys.check(
                            switch (algorithm.family()) {
                                case RSA, RSA_PSS ->
                                    KeyFactory.getInstance("RSA")
                                            .generatePublic(new RSAPublicKeySpec(number(key, "n"), number(key, "e")));
                                case ELLIPTIC_CURVE ->
                                    KeyFactory.getInstance("EC")
                                            .generatePublic(new ECPublicKeySpec(
                                                    point(key, algorithm),
                                                    EllipticCurve.of(algorithm).parameters()));
                                case EDWARDS_CURVE -> PemKeys.ofInfo(edwards(key), algorithm);
                                case HMAC -> throw new IllegalArgumentException("a secret has no public key");
                            },
                            algorithm),
                    natives);
        } catch (GeneralSecurityException e) {
            throw new InvalidJwtKeyException(
                    "holds a key set with a damaged key for " + algorithm + "; store another one");
        }
    }

    /** The Java runtime checks a point too late: it throws a plain RuntimeException for a number that is too long. */
    private static ECPoint point(JsonNode key, JwtAlgorithm algorithm) throws InvalidJwtKeyException {
        EllipticCurve curve = EllipticCurve.of(algorithm);
        ECPoint point = new ECPoint(number(key, "x"), number(key, "y"));
        if (!curve.contains(point)) {
            throw new InvalidJwtKeyException("holds a damaged key for " + algorithm
                    + ": x and y are no point on the curve " + curve.jwkName() + "; store another one");
        }
        return point;
    }

    private static byte[] edwards(JsonNode key) throws InvalidJwtKeyException {
        byte[] point = bytes(key, "x");
        String curve = text(key, "crv");
        byte[] prefix;
        if ("Ed25519".equals(curve) && point.length == ED25519_BYTES) {
            prefix = ED25519;
        } else if ("Ed448".equals(curve) && point.length == ED448_BYTES) {
            prefix = ED448;
        } else {
            throw new InvalidJwtKeyException("holds a key that is no Ed25519 or Ed448 key; store another one");
        }
        byte[] info = Arrays.copyOf(prefix, prefix.length + point.length);
        System.arraycopy(point, 0, info, prefix.length, point.length);
        return info;
    }

    private static BigInteger number(JsonNode key, String name) throws InvalidJwtKeyException {
        return new BigInteger(1, bytes(key, name));
    }

    private static byte[] bytes(JsonNode key, String name) throws InvalidJwtKeyException {
        String text = text(key, name);
        try {
            byte[] decoded = text == null ? new byte[0] : Base64.getUrlDecoder().decode(text);
            if (decoded.length > 0) {
                return decoded;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new InvalidJwtKeyException(
                "holds a key set with a key that has no field '" + name + "' in base64url; store another one");
    }

    private static @Nullable String text(JsonNode key, String name) {
        JsonNode value = key.path(name);
        return value.isString() ? value.stringValue() : null;
    }
}
