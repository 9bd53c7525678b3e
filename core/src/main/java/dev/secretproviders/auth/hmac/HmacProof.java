package dev.secretproviders.auth.hmac;

import dev.secretproviders.auth.proof.Proof;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.function.Consumer;

/** Proves a key id by signatures under its secret key. */
final class HmacProof implements Proof {
    private final byte[] key;

    /**
     * Creates a proof.
     *
     * @param key the secret key, which belongs to the proof
     */
    HmacProof(byte[] key) {
        this.key = key;
    }

    /**
     * Returns whether a signature is right. Takes the same time wherever it differs.
     *
     * @param text adds the signed text
     */
    boolean signed(HmacAlgorithm algorithm, Consumer<Signer> text, byte[] signature) {
        Signer signer = Signer.begin(algorithm, key);
        text.accept(signer);
        byte[] expected = signer.sign(key);
        boolean right = MessageDigest.isEqual(expected, signature);
        Arrays.fill(expected, (byte) 0);
        return right;
    }

    /** Shows no key. */
    @Override
    public String toString() {
        return "HmacProof";
    }
}
