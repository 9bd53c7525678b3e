package dev.secretproviders.app.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/**
 * A command line that ran in this process.
 *
 * @param out what it printed
 * @param err what it printed to standard error
 */
record CommandRun(int code, String out, String err) {

    static CommandRun of(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new CommandRun(code, out.toString(), err.toString());
    }

    static CommandRun of(List<String> arguments) {
        return of(arguments.toArray(String[]::new));
    }

    /** Returns all that it printed. */
    String printed() {
        return out + err;
    }
}
