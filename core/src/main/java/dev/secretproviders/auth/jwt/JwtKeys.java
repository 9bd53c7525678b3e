package dev.secretproviders.auth.jwt;

import dev.secretproviders.spi.Secret;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The keys of one version of a credential's secret, prepared to verify tokens of one algorithm: a secret, a public key, or
 * a key set.
 *
 * <p>Immutable and thread-safe. {@code toString} shows no key.
 */
final class JwtKeys {
    private static final String PEM_AS_SECRET = "holds a public key, and everyone who knows that could sign tokens;"
            + " write it into public_key and set algorithm to that of the key";

    private final JwtAlgorithm algorithm;
    private final List<Entry> entries;
    /** Whether a token chooses one of several keys by its {@code kid}. */
    private final boolean set;

    /**
     * One key.
     *
     * @param keyId its {@code kid}, or null
     */
    record Entry(@Nullable String keyId, JwtVerifier verifier) {}

    private JwtKeys(JwtAlgorithm algorithm, List<Entry> entries, boolean set) {
        this.algorithm = algorithm;
        this.entries = List.copyOf(entries);
        this.set = set;
    }

    /**
     * Prepares a secret or a public key.
     *
     * @param material the field {@code secret} for HMAC, else {@code public_key}; still owned by the caller
     * @param base64 whether a secret is base64 ({@code base64_secret})
     * @param referenced whether it came through a reference, so that it may be a key set
     * @param natives what verifies with public keys if it is there
     * @throws InvalidJwtKeyException if it cannot be used
     */
    static JwtKeys of(
            JwtAlgorithm algorithm, Secret material, boolean base64, boolean referenced, NativeSignatures natives)
            throws InvalidJwtKeyException {
        // Only a document becomes a string, which cannot be wiped.
        String text = material.use(JwtKeys::isDocument) ? material.reveal() : "";
        Optional<JsonNode> keys =
                referenced && !(algorithm.symmetric() && base64) ? JsonWebKeys.read(text) : Optional.empty();
        if (keys.isPresent()) {
            return new JwtKeys(algorithm, JsonWebKeys.prepare(keys.get(), algorithm, natives), true);
        }
        if (algorithm.symmetric() && PemKeys.isPublic(text)) {
            throw new InvalidJwtKeyException(PEM_AS_SECRET);
        }
        JwtVerifier verifier = algorithm.symmetric()
                ? shared(algorithm, material, base64)
                : new JwtVerifier.Public(algorithm, PemKeys.read(text, algorithm), natives);
        return new JwtKeys(algorithm, List.of(new Entry(null, verifier)), false);
    }

    /** Returns whether it may be JSON or PEM, and so is more than a secret. */
    private static boolean isDocument(byte[] bytes) {
        int at = 0;
        while (at < bytes.length && Character.isWhitespace(bytes[at])) {
            at++;
        }
        return at < bytes.length && (bytes[at] == '{' || bytes[at] == '-');
    }

    private static JwtVerifier shared(JwtAlgorithm algorithm, Secret material, boolean base64)
            throws InvalidJwtKeyException {
        byte[] secret = base64 ? decoded(material) : material.use(byte[]::clone);
        try {
            if (secret.length == 0) {
                throw new InvalidJwtKeyException(
                        "is empty; store at least " + algorithm.digestBits() / Byte.SIZE + " random bytes");
            }
            return new JwtVerifier.Shared(algorithm, secret);
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    /** Decodes as APISIX does: the end of the padding may be missing. */
    private static byte[] decoded(Secret material) throws InvalidJwtKeyException {
        try {
            return material.use(bytes -> {
                int end = bytes.length;
                while (end > 0 && bytes[end - 1] == '=') {
                    end--;
                }
                byte[] unpadded = Arrays.copyOf(bytes, end);
                try {
                    return Base64.getDecoder().decode(unpadded);
                } finally {
                    Arrays.fill(unpadded, (byte) 0);
                }
            });
        } catch (IllegalArgumentException e) {
            throw new InvalidJwtKeyException(
                    "is not base64, which base64_secret demands; store it in base64, or set base64_secret to false");
        }
    }

    /** Returns whether tokens are verified with public keys, which takes too long for an event loop. */
    boolean slow() {
        return !algorithm.symmetric();
    }

    /**
     * Returns whether the token may be verified at all: it has the algorithm of the credential, and demands no extension.
     * So a token never chooses how it is verified.
     */
    boolean accept(CompactJws token) {
        CompactJws.Header header = token.header();
        return header.algorithm() == algorithm && !header.critical();
    }

    /** Returns the verifier that confirms the signature of an {@linkplain #accept acceptable} token, or null. */
    @Nullable
    JwtVerifier verify(CompactJws token) {
        if (!accept(token)) {
            return null;
        }
        String keyId = token.header().keyId();
        // Without a kid, in the token or in the key, a set must leave no choice.
        boolean any = !set
                || (entries.size() == 1 && (keyId == null || entries.getFirst().keyId() == null));
        for (Entry entry : entries) {
            if ((any || (keyId != null && keyId.equals(entry.keyId()))) && token.signedFor(entry.verifier())) {
                return entry.verifier();
            }
        }
        return null;
    }

    /** Returns whether this verifier is one of these keys. */
    boolean hold(JwtVerifier verifier) {
        for (Entry entry : entries) {
            if (entry.verifier() == verifier) {
                return true;
            }
        }
        return false;
    }

    /** Returns what is weak about the keys, for a finding; empty if nothing is. */
    Optional<String> weakness() {
        return entries.stream()
                .flatMap(entry -> entry.verifier().weakness().stream())
                .findFirst();
    }

    @Override
    public String toString() {
        return "JwtKeys[" + algorithm + ", " + entries.size() + "]";
    }
}
