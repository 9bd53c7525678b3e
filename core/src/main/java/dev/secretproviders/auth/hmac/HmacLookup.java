package dev.secretproviders.auth.hmac;

import dev.secretproviders.auth.CredentialIndex;
import dev.secretproviders.auth.CredentialLookup;
import dev.secretproviders.auth.KeyClaim;
import dev.secretproviders.auth.LookupResult;
import dev.secretproviders.auth.LookupResult.NoMatch;
import dev.secretproviders.auth.RequestView;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.crypto.KeyDigester;
import java.security.SecureRandom;
import java.util.function.Consumer;

/**
 * Finds the credential of a key id and a signature, and counts signatures that may be used once.
 *
 * <p>Thread-safe; does no I/O.
 */
final class HmacLookup {
    private static final int RANDOM_KEY = 32;

    private final CredentialLookup lookup;
    private final KeyDigester digester;
    private final SeenSignatures seen;
    /** Checked for an unknown key id, so that the time does not tell which ones exist. */
    private final HmacProof nobody;

    /**
     * A signature and what it signs.
     *
     * @param text adds the signed text to a signer
     */
    @SuppressWarnings("ArrayRecordComponent") // neither compared nor changed
    record Shown(HmacAlgorithm algorithm, Consumer<Signer> text, byte[] signature) {
        boolean provenBy(HmacProof proof) {
            return proof.signed(algorithm, text, signature);
        }
    }

    HmacLookup(AuthContext context, SeenSignatures seen) {
        this.lookup = context.lookup(CredentialKind.HMAC_AUTH);
        this.digester = context.digester();
        this.seen = seen;
        byte[] key = new byte[RANDOM_KEY];
        new SecureRandom().nextBytes(key);
        this.nobody = new HmacProof(key);
    }

    /**
     * Finds a credential.
     *
     * @param bytes holds the key id; not changed
     * @param keyId its slice
     * @param source the sender, for the count of wrong signatures
     */
    LookupResult find(CredentialIndex index, byte[] bytes, long keyId, long source, Shown shown) {
        int offset = RequestView.offset(keyId);
        int length = RequestView.length(keyId);
        LookupResult named = lookup.find(index, bytes, offset, length);
        LookupResult found = named;
        if (named instanceof KeyClaim claim) {
            found = lookup.prove(claim, (proof, by) -> proof instanceof HmacProof hmac && by.provenBy(hmac), shown);
        } else {
            boolean _ = shown.provenBy(nobody);
        }
        if (found == NoMatch.INVALID) {
            // Each request has another signature. So what counts as one wrong credential is the key id.
            lookup.noteWrong(source, digester.digestOf(bytes, offset, length)[0]);
        }
        return found;
    }

    /**
     * Counts the use of a right signature.
     *
     * @param windowSeconds for how long it counts only once; 0 for no limit
     */
    SeenSignatures.Result count(byte[] signature, long windowSeconds) {
        // Dates and windows are compared in whole seconds. So a date may be valid for a second more than twice the
        // skew,
        // and a window may end up to a second early.
        return windowSeconds == 0
                ? SeenSignatures.Result.FIRST
                : seen.add(digester.digestOf(signature, 0, signature.length), windowSeconds + 2);
    }
}
