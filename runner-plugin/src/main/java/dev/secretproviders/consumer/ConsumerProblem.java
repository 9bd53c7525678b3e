package dev.secretproviders.consumer;

/**
 * A consumer or credential that was left out because it cannot be understood.
 *
 * @param resource which, for example {@code consumers/jack/credentials/one}
 * @param problem what is wrong and what to write instead; never a key
 */
public record ConsumerProblem(String resource, String problem) {}
