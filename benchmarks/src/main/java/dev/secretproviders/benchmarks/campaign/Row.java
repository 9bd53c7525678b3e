package dev.secretproviders.benchmarks.campaign;

import dev.secretproviders.benchmarks.load.Load;
import dev.secretproviders.benchmarks.subject.Disturbance;
import dev.secretproviders.benchmarks.subject.Subject;
import dev.secretproviders.benchmarks.subject.Workload;

/**
 * One line of a table.
 *
 * @param disturbance what happens during the requests
 */
public record Row(Subject subject, Workload workload, Load load, Disturbance disturbance) {
    /** Creates a row without disturbance. */
    public static Row of(Subject subject, Workload workload, Load load) {
        return new Row(subject, workload, load, Disturbance.NONE);
    }

    /** Returns its name, which is unique in its table. */
    public String name() {
        return subject.name() + ", " + workload.title() + ", " + load + disturbance.suffix();
    }
}
