package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.provider.Registered;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The steps of one test, in order, with what each came to. For one thread. */
final class TestReport {
    private final ObjectNode node = Json.object();
    private final ArrayNode steps;
    private final Watcher watcher;
    private final List<TestStep> planned = new ArrayList<>();
    private @Nullable String failure;

    /** Is told what happens while it happens. */
    interface Watcher {
        /** Watches nothing. */
        Watcher NONE = new Watcher() {
            @Override
            public void planned(List<TestStep> steps) {}

            @Override
            public void began(TestStep step) {}

            @Override
            public void ended(ObjectNode step) {}
        };

        /** The test has these steps. */
        void planned(List<TestStep> steps);

        /** A step began. */
        void began(TestStep step);

        /** A step ended; it is shown as in the answer. */
        void ended(ObjectNode step);
    }

    /** The work of one step. */
    @FunctionalInterface
    interface Work {
        /** Does it, within a time limit. */
        StepOutcome run() throws InterruptedException;
    }

    TestReport(Watcher watcher) {
        this.watcher = watcher;
        node.put("ok", true);
        steps = node.putArray("steps");
    }

    /** Says which steps follow. */
    void plan(List<TestStep> all) {
        planned.clear();
        planned.addAll(all);
        watcher.planned(List.copyOf(all));
    }

    /**
     * Runs a step.
     *
     * @return whether the test goes on
     */
    boolean run(TestStep step, Work work) throws InterruptedException {
        watcher.began(step);
        long start = System.nanoTime();
        StepOutcome outcome = work.run();
        add(step, outcome, (System.nanoTime() - start) / 1_000_000);
        if (outcome.state() != StepOutcome.State.FAILED) {
            return true;
        }
        node.put("ok", false);
        node.put("failed_step", step.shown());
        failure = step.shown() + ": " + outcome.message();
        planned.stream()
                .filter(later -> later.compareTo(step) > 0)
                .forEach(later ->
                        add(later, StepOutcome.skipped("not tried, since the step " + step.shown() + " failed"), 0));
        return false;
    }

    private void add(TestStep step, StepOutcome outcome, long millis) {
        ObjectNode shown = Json.object()
                .put("step", step.shown())
                .put("state", outcome.state().shown())
                .put("duration_ms", millis)
                .put("message", outcome.message());
        steps.add(shown);
        watcher.ended(shown);
    }

    /** Adds what works and is risky. */
    void warn(Registered provider) {
        List<String> warnings = provider.warnings();
        if (!warnings.isEmpty()) {
            warnings.forEach(node.putArray("warnings")::add);
        }
    }

    /** Returns the step that failed and why, or null. */
    @Nullable
    String failure() {
        return failure;
    }

    /** Returns the answer. */
    ObjectNode answer() {
        return node;
    }
}
