package dev.secretproviders.auth;

import java.util.function.Supplier;

/** A verdict, or what it takes to reach it. Immutable. */
public sealed interface Ruling permits Verdict, Ruling.Later {
    /**
     * The rest takes too long for an event loop, for example a signature by a private key.
     *
     * @param rest gives the verdict, once, on a thread that may wait
     */
    record Later(Supplier<Verdict> rest) implements Ruling {}
}
