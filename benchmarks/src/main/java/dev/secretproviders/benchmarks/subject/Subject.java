package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.process.Processors;
import java.io.IOException;
import java.nio.file.Path;

/** A server that can be started repeatedly. */
public interface Subject {
    /** Returns its name in tables. */
    String name();

    /**
     * Starts it and waits until it answers correctly.
     *
     * @param directory an empty directory for this start
     */
    RunningSubject start(Processors processors, Path directory) throws IOException, InterruptedException;
}
