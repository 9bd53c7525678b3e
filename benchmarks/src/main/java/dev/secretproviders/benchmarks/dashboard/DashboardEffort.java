package dev.secretproviders.benchmarks.dashboard;

import java.time.Duration;

/**
 * The size of the installation, and how much time to spend.
 *
 * @param references the number of consumers, each with a reference
 * @param keysInProvider the number of references to each provider
 * @param auditRecords the least number of records in the audit log
 * @param views how many times each page is opened
 * @param rounds how many times the request path is measured with people who click, and without
 * @param slice duration of one measurement of the request path
 */
public record DashboardEffort(
        int references, int keysInProvider, int auditRecords, int views, int rounds, Duration slice) {
    /** Returns the effort for published figures. */
    public static final DashboardEffort WHOLE =
            new DashboardEffort(10_000, 10, 100_000, 200, 10, Duration.ofSeconds(4));

    /** Returns the effort for a quick check. */
    public static final DashboardEffort QUICK = new DashboardEffort(500, 10, 1_000, 10, 2, Duration.ofSeconds(1));

    int providers() {
        return Math.ceilDiv(references, keysInProvider);
    }
}
