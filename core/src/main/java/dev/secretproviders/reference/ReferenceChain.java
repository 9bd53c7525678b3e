package dev.secretproviders.reference;

import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One reference, or several joined by {@code ||}. Each one after the first is for the case that those before it never
 * existed: {@code $secret://vault/prod/jack/key||$secret://aws/main/jack/key}.
 *
 * <p>Immutable.
 *
 * @param alternatives the references in their order, at least one and at most {@value #MOST}
 */
public record ReferenceChain(List<SecretReference> alternatives) {
    /** The most references in a chain. Each of them is kept resolved. */
    public static final int MOST = 8;

    private static final String SEPARATOR = "||";

    /** @throws IllegalArgumentException if there is none, or too many */
    public ReferenceChain {
        alternatives = List.copyOf(alternatives);
        if (alternatives.isEmpty() || alternatives.size() > MOST) {
            throw new IllegalArgumentException("a chain has 1 to " + MOST + " references");
        }
    }

    /** Returns a chain of one reference. */
    public static ReferenceChain of(SecretReference reference) {
        return new ReferenceChain(List.of(reference));
    }

    /**
     * Parses a text for which {@link SecretReference#isReference} holds.
     *
     * @throws InvalidReferenceException if it is malformed, with the position in the whole text
     */
    public static ReferenceChain parse(String text) {
        List<SecretReference> alternatives = new ArrayList<>();
        int start = 0;
        while (start >= 0) {
            if (alternatives.size() == MOST) {
                throw new InvalidReferenceException(start, "expected at most " + MOST + " references");
            }
            int end = text.indexOf(SEPARATOR, start);
            alternatives.add(parse(text.substring(start, end < 0 ? text.length() : end), start));
            start = end < 0 ? -1 : end + SEPARATOR.length();
        }
        return new ReferenceChain(alternatives);
    }

    private static SecretReference parse(String alternative, int start) {
        try {
            return SecretReference.parse(alternative);
        } catch (InvalidReferenceException e) {
            throw start == 0 ? e : e.within(start);
        }
    }

    /** Returns the reference that is looked at first. */
    public SecretReference first() {
        return alternatives.getFirst();
    }

    /** Returns the canonical spelling, which {@link #parse} turns into an equal chain. */
    @Override
    public String toString() {
        return alternatives.stream().map(SecretReference::toString).collect(Collectors.joining(SEPARATOR));
    }
}
