package dev.secretproviders.auth.basic;

import dev.secretproviders.auth.Proof;
import dev.secretproviders.crypto.SaltedDigest;

/** Proves a user name by its password, of which only a salted keyed digest is kept. */
record PasswordProof(SaltedDigest password) implements Proof {}
