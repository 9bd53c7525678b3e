package dev.secretproviders.resolve;

import dev.secretproviders.crypto.KeyDigest;

/**
 * One value that a reference stands for now: the current version, or a previous one within its overlap.
 *
 * @param digest the digest of the value
 * @param version the version that the value belongs to, with its times and how long it may be used
 * @param shorterThan16 whether the value has fewer than 16 bytes; nothing else about its length is kept
 */
public record ResolvedValue(KeyDigest digest, HeldVersion version, boolean shorterThan16) {}
