package dev.secretproviders.benchmarks.subject;

/** What happens during the requests. */
public enum Disturbance {
    /** Nothing. */
    NONE(""),
    /** Secrets change in the secret manager, 1,000 of them a minute. */
    ROTATION(", 1,000 rotations a minute"),
    /** The secret manager accepts connections and does not answer. */
    DEAD_MANAGER(", dead manager");

    private final String suffix;

    Disturbance(String suffix) {
        this.suffix = suffix;
    }

    /** Returns the suffix for the name of a row. */
    public String suffix() {
        return suffix;
    }

    /** A disturbance that lasts until it is closed. */
    @FunctionalInterface
    public interface Going extends AutoCloseable {
        @Override
        void close();
    }
}
