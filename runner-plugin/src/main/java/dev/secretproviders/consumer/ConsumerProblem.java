package dev.secretproviders.consumer;

/**
 * An object of the gateway's configuration that was left out because it cannot be understood.
 *
 * @param resource which, for example {@code consumers/jack/credentials/one} or {@code routes/7}
 * @param problem what is wrong and what to write instead; never a key
 */
public record ConsumerProblem(String resource, String problem) {}
