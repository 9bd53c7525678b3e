package dev.secretproviders.benchmarks.load;

import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.RunnerMessage;
import java.io.IOException;
import java.util.List;

/** What a server must answer to the requests of a workload. */
public enum Expected {
    /** The same frame to every request, independent of its id. Only the floor does so. */
    CONSTANT,
    /** The request goes on unchanged. */
    UNCHANGED,
    /** The request goes on with the name of the key's consumer. */
    ACCEPTED,
    /** The same, and the key is removed. */
    ACCEPTED_AND_HIDDEN,
    /** 401. */
    REFUSED,
    /** The request goes on with two secrets for its upstream. */
    INJECTED;

    /** The names of the headers with secrets. */
    public static final List<String> SECRET_HEADERS = List.of("X-First", "X-Second");

    private static final String CONSUMER_HEADER = "X-Consumer-Username";
    private static final String KEY_HEADER = "apikey";
    private static final int UNAUTHORIZED = 401;

    boolean constant() {
        return this == CONSTANT;
    }

    void check(RunnerMessage.Decided answer, long id, String name) throws IOException {
        boolean right = switch (this) {
            case CONSTANT -> answer.action() instanceof RunnerMessage.Action.Rewrite;
            case UNCHANGED -> answer.action() instanceof RunnerMessage.Action.None;
            case ACCEPTED ->
                answer.action() instanceof RunnerMessage.Action.Rewrite rewrite
                        && names(rewrite, name)
                        && !hides(rewrite);
            case ACCEPTED_AND_HIDDEN ->
                answer.action() instanceof RunnerMessage.Action.Rewrite rewrite
                        && names(rewrite, name)
                        && hides(rewrite);
            case REFUSED -> answer.action() instanceof RunnerMessage.Action.Stop stop && stop.status() == UNAUTHORIZED;
            case INJECTED ->
                answer.action() instanceof RunnerMessage.Action.Rewrite rewrite
                        && rewrite.headers().stream().map(Entry::name).toList().equals(SECRET_HEADERS);
        };
        if (!right || (!constant() && answer.id() != id)) {
            throw new IOException("expected " + this + ", but the server answered " + answer);
        }
    }

    private static boolean names(RunnerMessage.Action.Rewrite rewrite, String name) {
        return Entry.first(rewrite.headers(), CONSUMER_HEADER)
                .filter(name::equals)
                .isPresent();
    }

    private static boolean hides(RunnerMessage.Action.Rewrite rewrite) {
        return rewrite.headers().stream().anyMatch(header -> header.isNamed(KEY_HEADER) && header.value() == null);
    }
}
