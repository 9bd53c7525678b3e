package dev.secretproviders.resolve;

import dev.secretproviders.crypto.KeyDigest;

/**
 * One value that a reference stands for now: the current version, or a previous one within its overlap.
 *
 * @param digest stands for the value
 * @param version the version it belongs to, with its times and how long it may be used
 * @param shorterThan16 whether the value has fewer than 16 bytes; more of its length is not kept
 */
public record ResolvedValue(KeyDigest digest, HeldVersion version, boolean shorterThan16) {}
