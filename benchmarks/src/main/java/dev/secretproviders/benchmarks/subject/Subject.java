package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.process.Processors;
import java.io.IOException;
import java.nio.file.Path;

/** A server that can be started, any number of times. */
public interface Subject {
    /** Returns its name in tables. */
    String name();

    /**
     * Starts it and waits until it answers rightly.
     *
     * @param directory an empty one for it alone
     */
    RunningSubject start(Processors processors, Path directory) throws IOException, InterruptedException;
}
