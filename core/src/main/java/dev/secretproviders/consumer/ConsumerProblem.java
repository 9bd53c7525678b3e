package dev.secretproviders.consumer;

/**
 * One object of the gateway's configuration that was left out because it is invalid, or several for the same reason.
 *
 * @param resource the object, for example {@code consumers/jack/credentials/one} or {@code routes/7}
 * @param problem what is wrong and what to write instead; never a key
 * @param objects how many objects were left out for this reason
 */
public record ConsumerProblem(String resource, String problem, int objects) {
    /** Creates a problem of a single object. */
    public ConsumerProblem(String resource, String problem) {
        this(resource, problem, 1);
    }

    /** Returns a description without the resource. */
    public String describe() {
        return "left out: " + problem;
    }
}
