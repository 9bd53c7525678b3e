package dev.secretproviders.benchmarks.campaign;

/** What is measured of a row. */
public enum Metric {
    /** Right answers a second. */
    THROUGHPUT("throughput", "requests/s"),
    /** Half of the answers came within it. */
    P50("p50", "µs"),
    /** 99 of 100. */
    P99("p99", "µs"),
    /** 999 of 1,000. */
    P999("p99.9", "µs"),
    /** Processor time of the whole server process for one request. */
    CPU("CPU", "µs/request"),
    /** Heap allocated by the event loops' threads for one request. */
    ALLOCATION("allocation", "bytes/request"),
    /** How much of the server's processors it used; near 1 the server is what limits throughput, else the driver. */
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
