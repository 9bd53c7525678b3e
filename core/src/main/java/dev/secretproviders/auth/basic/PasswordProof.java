package dev.secretproviders.auth.basic;

import dev.secretproviders.auth.proof.Proof;
import dev.secretproviders.crypto.SaltedDigest;

/** Proves a user name by its password, of which only a salted keyed digest is kept. */
record PasswordProof(SaltedDigest password) implements Proof {}
