package dev.secretproviders.consumer;

import dev.secretproviders.crypto.KeyDigest;
import dev.secretproviders.reference.SecretReference;

/** What a key-auth credential holds in its {@code key} field. */
public sealed interface CredentialKey {

    /** A key written into the gateway's configuration itself; digested as soon as it was read. */
    record Literal(KeyDigest digest) implements CredentialKey {}

    /** A reference to a key kept elsewhere. */
    record Referenced(SecretReference reference) implements CredentialKey {}
}
