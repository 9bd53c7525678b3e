package dev.secretproviders.benchmarks.campaign;

import dev.secretproviders.benchmarks.load.Load;
import dev.secretproviders.benchmarks.subject.Disturbance;
import dev.secretproviders.benchmarks.subject.Subject;
import dev.secretproviders.benchmarks.subject.Workload;

/**
 * One line of a table.
 *
 * @param disturbance what goes on beside the requests
 */
public record Row(Subject subject, Workload workload, Load load, Disturbance disturbance) {
    /** A row without anything beside. */
    public static Row of(Subject subject, Workload workload, Load load) {
        return new Row(subject, workload, load, Disturbance.NONE);
    }

    /** Returns its name, which tells it from all others of its table. */
    public String name() {
        return subject.name() + ", " + workload.title() + ", " + load + disturbance.suffix();
    }
}
