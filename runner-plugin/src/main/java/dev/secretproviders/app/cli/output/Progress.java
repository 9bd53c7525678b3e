package dev.secretproviders.app.cli.output;

import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;

/** Says once a second how far a command has come. What takes less than a second says nothing. Used by one thread. */
public final class Progress {
    private final PrintWriter err;
    private final String what;
    private final int total;
    private int done;
    private long next = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);

    /**
     * Begins.
     *
     * @param what what is counted, such as {@code references resolved}
     */
    public Progress(PrintWriter err, String what, int total) {
        this.err = err;
        this.what = what;
        this.total = total;
    }

    /** Counts one more. */
    public void step() {
        done++;
        if (System.nanoTime() - next >= 0) {
            err.println(done + " of " + total + " " + what + " so far");
            err.flush();
            next += TimeUnit.SECONDS.toNanos(1);
        }
    }
}
