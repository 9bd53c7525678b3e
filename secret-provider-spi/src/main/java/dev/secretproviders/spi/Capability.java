package dev.secretproviders.spi;

/** A property that providers on the network usually do not have. */
public enum Capability {
    /**
     * Credentials of other providers may be references to it. It has no credentials itself, so that providers never
     * wait for each other in a cycle.
     */
    HOLDS_CREDENTIALS,
    /**
     * It reads the runner's own data, such as its environment. Objects in the store refer to it only where
     * {@code providers.references} allows.
     */
    RUNNERS_OWN,
    /** It answers whenever the runner runs. Last-known-good keeps no copy of its secrets. */
    ALWAYS_THERE,
    /** Every runner notices its changes by itself, so runners do not notify each other. */
    EVERY_RUNNER_KNOWS,
    /** The Admin API lists its secrets. */
    ENUMERABLE,
    /** The Admin API writes its secrets, including those of rotation drills. */
    WRITABLE
}
