package dev.secretproviders.consumer;

/**
 * An object of the gateway's configuration that was left out because it cannot be understood, or several for one reason.
 *
 * @param resource which, for example {@code consumers/jack/credentials/one} or {@code routes/7}
 * @param problem what is wrong and what to write instead; never a key
 * @param objects how many were left out for it
 */
public record ConsumerProblem(String resource, String problem, int objects) {
    /** A single object. */
    public ConsumerProblem(String resource, String problem) {
        this(resource, problem, 1);
    }

    /** Returns it in words, without the resource. */
    public String describe() {
        return "left out: " + problem;
    }
}
