package dev.secretproviders.resolve;

import dev.secretproviders.crypto.KeyDigest;

/**
 * One value that a reference stands for now: the current version, or a previous one within its overlap.
 *
 * @param digest stands for the value
 * @param version the version it belongs to, with its times and how long it may be used
 */
public record ResolvedValue(KeyDigest digest, HeldVersion version) {}
