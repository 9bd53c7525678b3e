package dev.secretproviders.app.cli;

import dev.secretproviders.migrate.Move;
import dev.secretproviders.migrate.Move.State;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Says how far a migration is: once a second, and at the end. Not thread-safe. */
final class MigrateProgress {
    private final PrintWriter err;
    private long next = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);

    MigrateProgress(PrintWriter err) {
        this.err = err;
    }

    void step(int keys) {
        if (System.nanoTime() - next >= 0) {
            err.println(keys + " keys so far");
            err.flush();
            next = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        }
    }

    /** Returns the last line of the output. */
    static String summary(List<Move> moves, boolean apply, boolean undo) {
        long problems = moves.stream().filter(move -> move.state().isProblem()).count();
        String stay = problems == 0
                ? ""
                : problems == 1
                        ? "; 1 key stays where it is, see its note"
                        : "; " + problems + " keys stay where they" + " are, see the notes";
        if (!apply) {
            long ready = count(moves, State.READY);
            String would = ready == 0
                    ? (undo ? "There is nothing to put back" : "There is no key to move")
                    : keys(ready) + (undo ? " can go back to APISIX" : " can move");
            return would + stay + (ready == 0 ? "." : ". Nothing was changed; add --apply to do it.");
        }
        return (undo ? "Back in APISIX: " : "Moved: ") + keys(count(moves, undo ? State.RESTORED : State.MOVED)) + stay
                + ".";
    }

    private static long count(List<Move> moves, State state) {
        return moves.stream().filter(move -> move.state() == state).count();
    }

    private static String keys(long number) {
        return number == 1 ? "1 key" : number + " keys";
    }
}
