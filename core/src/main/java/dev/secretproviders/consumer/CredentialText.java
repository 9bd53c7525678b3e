package dev.secretproviders.consumer;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.reference.ReferenceChain;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import java.util.List;

/** A field of a credential. It is written into the gateway's configuration itself, or kept elsewhere. */
public sealed interface CredentialText {

    /** Returns the references of the field; empty for a literal text. */
    default List<SecretReference> references() {
        return List.of();
    }

    /**
     * A text of which only the digest is kept.
     *
     * @param shorterThan16 whether the text has fewer than 16 bytes; its length is not kept otherwise
     */
    record Literal(KeyDigest digest, boolean shorterThan16) implements CredentialText {
        private static final int SHORT = 16;

        /** Digests a text. Waits until the digester's key is settled. */
        public static Literal of(Secret text, KeyDigester digester) {
            return of(digester.digestToKeep(text), text);
        }

        /** Digests a text that names a credential and does not prove it. Waits until the digester's key is settled. */
        public static Literal ofName(Secret text, KeyDigester digester) {
            return of(digester.nameToKeep(text), text);
        }

        private static Literal of(KeyDigest digest, Secret text) {
            return new Literal(digest, text.use(bytes -> bytes.length < SHORT));
        }
    }

    /**
     * A text of which the value is needed to prove a credential. Two of them are equal if their digests are.
     *
     * @param value the text; never closed, since every set of consumers shares it
     */
    record LiteralValue(Literal literal, Secret value) implements CredentialText {
        @Override
        public boolean equals(Object other) {
            return other instanceof LiteralValue that && literal.equals(that.literal);
        }

        @Override
        public int hashCode() {
            return literal.hashCode();
        }
    }

    /** A reference to a text kept elsewhere. */
    record Referenced(SecretReference reference) implements CredentialText {
        @Override
        public List<SecretReference> references() {
            return List.of(reference);
        }
    }

    /** Several references, of which the next one counts if those before it never existed. */
    record Chained(ReferenceChain chain) implements CredentialText {
        @Override
        public List<SecretReference> references() {
            return chain.alternatives();
        }
    }
}
