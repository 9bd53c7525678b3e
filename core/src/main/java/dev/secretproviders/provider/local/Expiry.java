package dev.secretproviders.provider.local;

import java.time.Instant;

/** The expiry that a change sets for the version that it writes. The version is denied from that time on. */
public sealed interface Expiry {
    /** Keeps the expiry of the version before it. */
    record Kept() implements Expiry {}

    /** Sets no expiry. */
    record Never() implements Expiry {}

    /** Sets this time. */
    record At(Instant instant) implements Expiry {}
}
