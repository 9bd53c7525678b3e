package dev.secretproviders.benchmarks.restart;

import dev.secretproviders.benchmarks.subject.Credentials;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Consumers as the stand-in for APISIX knows them. */
final class Consumers {
    private Consumers() {}

    static String json(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "{\"username\":\"" + Credentials.name(i) + "\",\"plugins\":{\"key-auth\":{\"key\":\""
                        + Credentials.key(i) + "\"}}}")
                .collect(Collectors.joining(",", "[", "]"));
    }
}
