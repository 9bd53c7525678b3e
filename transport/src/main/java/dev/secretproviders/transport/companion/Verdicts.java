package dev.secretproviders.transport.companion;

import dev.secretproviders.auth.Verdict;

/** Says what a key is worth, whatever the route: what a verdict call asks for. */
@FunctionalInterface
public interface Verdicts {
    /**
     * Judges a key. Called on an event loop: from memory alone.
     *
     * @param key begins with the key; wiped on return
     * @param length of the key in bytes
     */
    Verdict of(byte[] key, int length);
}
