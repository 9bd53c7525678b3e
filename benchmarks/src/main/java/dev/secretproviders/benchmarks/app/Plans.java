package dev.secretproviders.benchmarks.app;

import dev.secretproviders.benchmarks.campaign.Effort;
import dev.secretproviders.benchmarks.campaign.Metric;
import dev.secretproviders.benchmarks.campaign.Plan;
import dev.secretproviders.benchmarks.campaign.Row;
import dev.secretproviders.benchmarks.load.Load;
import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.benchmarks.subject.Disturbance;
import dev.secretproviders.benchmarks.subject.Floor;
import dev.secretproviders.benchmarks.subject.KeyFile;
import dev.secretproviders.benchmarks.subject.KeysInOpenBao;
import dev.secretproviders.benchmarks.subject.Peer;
import dev.secretproviders.benchmarks.subject.Runner;
import dev.secretproviders.benchmarks.subject.Subject;
import dev.secretproviders.benchmarks.subject.Workload;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The tables of the report, and the rows that its targets use. */
final class Plans {
    /** The number of connections that an APISIX worker keeps. */
    static final Load USUAL = new Load.Closed(32);

    private static final List<Integer> CONNECTIONS = List.of(1, 8, 32, 128);
    private static final double HALF = 0.5;
    private static final List<Double> SHARES = List.of(0.25, HALF, 0.75);
    /** Enough connections to send requests during a short pause of the server. */
    private static final int OPEN_CONNECTIONS = 64;

    private static final int USUAL_KEYS = 10_000;
    private static final int FEW_KEYS = 10;

    private final Subject floor = new Floor();
    private final Subject noop;
    private final Subject hashMap;
    private final Subject few;
    private final Runner usual;
    private final Subject most;
    private final Subject managed;

    Plans(Path runner, Peer.Jars peer, Effort effort) {
        Credentials credentials = new Credentials(USUAL_KEYS);
        noop = new Peer(Peer.Filter.NOOP, peer, credentials);
        hashMap = new Peer(Peer.Filter.KEYS, peer, credentials);
        few = ours(runner, FEW_KEYS);
        usual = ours(runner, USUAL_KEYS);
        most = ours(runner, effort.mostKeys());
        managed = new Runner(
                title(effort.managedKeys()) + " in OpenBao",
                runner,
                new KeysInOpenBao(new Credentials(effort.managedKeys())));
    }

    private static Runner ours(Path runner, int keys) {
        return new Runner(title(keys), runner, new KeyFile(new Credentials(keys)));
    }

    private static String title(int keys) {
        return String.format(Locale.ROOT, "ours, %,d keys", keys);
    }

    /** Returns the closed loop: each request follows an answer. */
    Plan closed() {
        List<Row> rows = new ArrayList<>();
        for (Load load : closedLoads()) {
            for (Subject subject : List.of(floor, noop, hashMap, few, usual, most)) {
                rows.add(accepted(subject, load));
            }
        }
        return new Plan("closed", "Closed loop: accepted requests", rows);
    }

    /** Returns the kinds of requests. */
    Plan kinds() {
        List<Row> rows = new ArrayList<>();
        rows.add(accepted(floor, USUAL));
        for (Workload workload : Workload.OF_KEYS) {
            if (workload != Workload.HIDDEN && workload != Workload.INJECTED) {
                rows.add(Row.of(hashMap, workload, USUAL));
            }
            rows.add(Row.of(usual, workload, USUAL));
        }
        return new Plan("kinds", "Closed loop: kinds of requests, 32 connections", rows);
    }

    /** Returns the load during rotations and an outage. */
    Plan disturbed() {
        List<Row> rows = new ArrayList<>();
        for (Disturbance disturbance : Disturbance.values()) {
            rows.add(managed(disturbance));
        }
        return new Plan("disturbed", "Closed loop: during rotations and an outage, 32 connections", rows);
    }

    /**
     * Returns the open loop: requests at fixed rates.
     *
     * @param mostPerSecond requests a second that the floor answered in this run
     */
    Plan open(double mostPerSecond) {
        List<Row> rows = new ArrayList<>();
        for (double share : SHARES) {
            Load load = share(mostPerSecond, share);
            for (Subject subject : List.of(floor, hashMap, usual)) {
                rows.add(accepted(subject, load));
            }
        }
        return new Plan("open", "Open loop: accepted requests at shares of the floor's throughput", rows);
    }

    /** The loads of the closed loop. */
    static List<Load> closedLoads() {
        return CONNECTIONS.stream().<Load>map(Load.Closed::new).toList();
    }

    /** Half of the floor's throughput. */
    Load half(Measurements measured) {
        return share(
                measured.closed()
                        .spread(accepted(floor, USUAL), Metric.THROUGHPUT)
                        .median(),
                HALF);
    }

    private static Load share(double mostPerSecond, double share) {
        return new Load.Open(OPEN_CONNECTIONS, Math.rint(share * mostPerSecond));
    }

    Row accepted(Subject subject, Load load) {
        return Row.of(subject, Workload.ACCEPTED, load);
    }

    /** Returns the requests that carry two secrets to their upstream. */
    Row injected() {
        return Row.of(usual, Workload.INJECTED, USUAL);
    }

    Row managed(Disturbance disturbance) {
        return new Row(managed, Workload.ACCEPTED, USUAL, disturbance);
    }

    boolean isOurs(Subject subject) {
        return subject instanceof Runner;
    }

    Subject floor() {
        return floor;
    }

    Subject hashMap() {
        return hashMap;
    }

    Subject few() {
        return few;
    }

    Runner usual() {
        return usual;
    }

    Subject most() {
        return most;
    }
}
