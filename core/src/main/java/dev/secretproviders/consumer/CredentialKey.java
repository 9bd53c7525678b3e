package dev.secretproviders.consumer;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;

/** The {@code key} field of a key-auth credential. */
public sealed interface CredentialKey {

    /**
     * A key written into the gateway's configuration itself; only its digest is kept.
     *
     * @param shorterThan16 whether the key has fewer than 16 bytes; its length is not kept otherwise
     */
    record Literal(KeyDigest digest, boolean shorterThan16) implements CredentialKey {
        private static final int SHORT = 16;

        /** Digests a key. Waits until the digester's key is settled. */
        public static Literal of(Secret key, KeyDigester digester) {
            return new Literal(digester.digestToKeep(key), key.use(bytes -> bytes.length < SHORT));
        }
    }

    /** A reference to a key kept elsewhere. */
    record Referenced(SecretReference reference) implements CredentialKey {}
}
