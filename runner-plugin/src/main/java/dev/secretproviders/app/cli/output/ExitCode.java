package dev.secretproviders.app.cli.output;

import dev.secretproviders.app.control.CannotStartException;

/** The exit codes of all commands. The reference page of the command line lists them. */
public final class ExitCode {
    /** Everything was done, or is as it should be. */
    public static final int DONE = 0;

    /** It did not work, or something is not as it should be. */
    public static final int FAILED = CannotStartException.EXIT_CODE;

    /** The command line, the configuration or a file is wrong, so that nothing was tried. */
    public static final int WRONG = 2;

    private ExitCode() {}
}
