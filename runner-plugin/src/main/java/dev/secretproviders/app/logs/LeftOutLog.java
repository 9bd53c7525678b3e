package dev.secretproviders.app.logs;

import dev.secretproviders.consumer.ConsumerProblem;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs consumers that were left out, each new problem once. Used by the source's thread only. */
public final class LeftOutLog {
    private static final Logger LOG = LoggerFactory.getLogger(LeftOutLog.class);

    private Set<ConsumerProblem> leftOut = Set.of();

    /** Creates a log that knows no problem. */
    public LeftOutLog() {}

    /** Logs those problems that the last call did not have. */
    public void log(List<ConsumerProblem> problems) {
        problems.stream()
                .filter(problem -> !leftOut.contains(problem))
                .forEach(problem -> LOG.atWarn()
                        .addKeyValue("event", "consumer.left-out")
                        .addKeyValue("consumer", problem.resource())
                        .log("left out {}: {}", problem.resource(), problem.problem()));
        leftOut = Set.copyOf(problems);
    }
}
