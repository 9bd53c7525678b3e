package dev.secretproviders.settings;

import java.util.ArrayList;
import java.util.List;

/** A configuration is wrong; the message lists every problem, one line each. */
public final class InvalidSettingsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ArrayList<String> problems;

    /** Creates an exception for these problems, at least one. */
    public InvalidSettingsException(List<String> problems) {
        super("the configuration has " + (problems.size() == 1 ? "a problem" : problems.size() + " problems") + ":\n  "
                + String.join("\n  ", problems));
        this.problems = new ArrayList<>(problems);
    }

    /** Returns the problems, each {@code path: what is wrong}. */
    public List<String> problems() {
        return List.copyOf(problems);
    }
}
