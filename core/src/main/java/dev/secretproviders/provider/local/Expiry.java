package dev.secretproviders.provider.local;

import java.time.Instant;

/** What a change says about the date from which on the version that it writes is denied. */
public sealed interface Expiry {
    /** As the version that it is made from. */
    record Kept() implements Expiry {}

    /** It has none. */
    record Never() implements Expiry {}

    /** This one. */
    record At(Instant instant) implements Expiry {}
}
