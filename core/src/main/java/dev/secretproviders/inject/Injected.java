package dev.secretproviders.inject;

import dev.secretproviders.auth.Decision;
import java.util.List;

/**
 * The request continues with its secrets. Prepared when a secret changes, and shared by requests.
 *
 * @param headers the headers to set
 * @param setArguments the query arguments to set
 */
record Injected(List<Decision.Header> headers, List<Decision.Header> setArguments) implements Decision.Listed {
    Injected {
        headers = List.copyOf(headers);
        setArguments = List.copyOf(setArguments);
    }

    @Override
    public Reason reason() {
        return Reason.INJECTED;
    }

    /** Returns no name: who the consumer is was decided before. */
    @Override
    public String consumer() {
        return "";
    }

    @Override
    public List<String> removedArguments() {
        return List.of();
    }

    @Override
    public String toString() {
        return "Injected[not shown]";
    }
}
