package dev.secretproviders.spi;

/** What sets the providers of a manager apart from those that ask a server on the network. */
public enum Capability {
    /**
     * Credentials of other providers may be references to it. It has no credentials itself, so that no two providers wait for each
     * other.
     */
    HOLDS_CREDENTIALS,
    /** It reads what was meant for the runner: objects in the store refer to it only where {@code providers.references} allows. */
    RUNNERS_OWN,
    /** Its answers are there whenever the runner is. No outage copy is kept of them. */
    ALWAYS_THERE,
    /** Every runner learns of its changes by itself. No runner tells the others. */
    EVERY_RUNNER_KNOWS,
    /** The Admin API lists its secrets. */
    ENUMERABLE,
    /** The Admin API writes its secrets, those of rotation drills among them. */
    WRITABLE
}
