package dev.secretproviders.migrate;

import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads secrets as a runner does, with its resolver. Nothing is kept between two reads. Not thread-safe. */
public final class SecretValues {
    private static final String OWNER = "migrate";

    private final Resolver resolver;
    private final Duration patience;

    /**
     * Creates a reader.
     *
     * @param resolver has the provider in force; no other code reads values with it
     * @param provider says how long an answer may take
     */
    public SecretValues(Resolver resolver, Registered provider) {
        this.resolver = resolver;
        this.patience = provider.policy().timeout().multipliedBy(2).plusSeconds(1);
    }

    /** What a reference stands for. */
    sealed interface Reading {
        /** A value; the receiver closes it. */
        record Value(Secret value) implements Reading {}

        /** The manager says that there is none, or none that can be a key. The text says why, and holds no secret. */
        record Absent(@Nullable String why) implements Reading {}

        /** It is not known. The text says why, and holds no secret. */
        record Unknown(String why) implements Reading {}
    }

    /** Asks the manager. Blocks for at most some seconds. */
    Reading read(SecretReference reference) throws InterruptedException {
        resolver.retain(OWNER, Use.VALUE.of(List.of(reference)));
        try {
            Resolution resolution = resolver.settle(reference, patience);
            ResolvedValue current = resolution.current();
            byte[] copy = current == null ? null : current.read(byte[]::clone);
            if (copy != null) {
                return new Reading.Value(Secret.owning(copy));
            }
            return resolution.state() == ResolutionState.NEGATIVE
                    ? new Reading.Absent(resolution.problem())
                    : new Reading.Unknown(Objects.requireNonNullElse(
                            resolution.problem(), "the manager did not answer within " + patience.toSeconds() + " s"));
        } finally {
            resolver.retain(OWNER, Map.of());
        }
    }
}
