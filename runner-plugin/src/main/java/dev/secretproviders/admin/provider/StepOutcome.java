package dev.secretproviders.admin.provider;

import java.util.Locale;

/**
 * What a step of a test came to.
 *
 * @param message what was found, or why it failed; holds no secret
 */
record StepOutcome(State state, String message) {
    /** The states in which a step ends. The test ends after the first step that failed. */
    enum State {
        PASSED,
        /** It passed, and something about it is odd. */
        WARNING,
        FAILED,
        /** There was nothing to do, or the test ended before. */
        SKIPPED;

        /** Returns the name in answers. */
        String shown() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static StepOutcome passed(String message) {
        return new StepOutcome(State.PASSED, message);
    }

    static StepOutcome warning(String message) {
        return new StepOutcome(State.WARNING, message);
    }

    static StepOutcome failed(String message) {
        return new StepOutcome(State.FAILED, message);
    }

    static StepOutcome skipped(String message) {
        return new StepOutcome(State.SKIPPED, message);
    }
}
