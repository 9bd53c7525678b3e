package dev.secretproviders.benchmarks.campaign;

/** The metrics of a row. */
public enum Metric {
    /** Right answers a second. */
    THROUGHPUT("throughput", "requests/s"),
    /** The median of the latency. */
    P50("p50", "µs"),
    /** The 99th percentile of the latency. */
    P99("p99", "µs"),
    /** The 99.9th percentile of the latency. */
    P999("p99.9", "µs"),
    /** Processor time of the whole server process for one request. */
    CPU("CPU", "µs/request"),
    /** Heap allocated by the event loops' threads for one request. */
    ALLOCATION("allocation", "bytes/request"),
    /** How much of the server's processors it used; near 1 the server limits throughput, otherwise the driver. */
    BUSY("server busy", "share");

    private final String title;
    private final String unit;

    Metric(String title, String unit) {
        this.title = title;
        this.unit = unit;
    }

    /** Returns its name in tables. */
    public String title() {
        return title;
    }

    /** Returns its unit. */
    public String unit() {
        return unit;
    }
}
