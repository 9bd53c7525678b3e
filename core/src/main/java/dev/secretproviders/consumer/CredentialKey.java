package dev.secretproviders.consumer;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;

/** What a key-auth credential holds in its {@code key} field. */
public sealed interface CredentialKey {

    /**
     * A key written into the gateway's configuration itself; only its digest is kept.
     *
     * @param shorterThan16 whether it has fewer than 16 bytes; more of its length is not kept
     */
    record Literal(KeyDigest digest, boolean shorterThan16) implements CredentialKey {
        private static final int SHORT = 16;

        /** Digests a key; waits until it is settled under which key. */
        public static Literal of(Secret key, KeyDigester digester) {
            return new Literal(digester.digestToKeep(key), key.use(bytes -> bytes.length < SHORT));
        }
    }

    /** A reference to a key kept elsewhere. */
    record Referenced(SecretReference reference) implements CredentialKey {}
}
