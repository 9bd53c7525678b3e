package dev.secretproviders.transport.companion;

import dev.secretproviders.auth.Verdict;

/** Judges keys for verdict calls, independently of any route. */
@FunctionalInterface
public interface Verdicts {
    /**
     * Judges a key. Called on an event loop, so it may use only memory.
     *
     * @param key begins with the key; wiped on return
     * @param length the length of the key in bytes
     */
    Verdict of(byte[] key, int length);
}
