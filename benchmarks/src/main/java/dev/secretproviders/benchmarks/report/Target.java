package dev.secretproviders.benchmarks.app;

import dev.secretproviders.benchmarks.statistics.Spread;

/**
 * A figure that is to be reached.
 *
 * @param figure in words
 * @param atLeast whether more is better
 * @param goal the bound
 */
record Target(String figure, boolean atLeast, double goal, Spread measured) {
    static Target atLeast(String figure, double goal, Spread measured) {
        return new Target(figure, true, goal, measured);
    }

    static Target atMost(String figure, double goal, Spread measured) {
        return new Target(figure, false, goal, measured);
    }

    boolean reached() {
        return atLeast ? measured.median() >= goal : measured.median() <= goal;
    }

    String goalText() {
        return (atLeast ? "≥ " : "≤ ") + goal;
    }
}
