package dev.secretproviders.e2e;

import dev.secretproviders.peers.FaultProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Causes one fault after the other on the connections between a runner and its peers, with pauses between them. */
final class SoakFaults {
    private static final Duration FAULT = Duration.ofSeconds(5);
    /** Longer than the longest pause of the back-off, so that the runner recovers from each. */
    private static final Duration CALM = Duration.ofSeconds(12);

    private final List<Fault> faults = new ArrayList<>();
    private final List<Episode> episodes = new ArrayList<>();
    private final long began;

    private record Fault(String name, FaultProxy proxy, Consumer<FaultProxy> cause) {}

    /** A past fault, in minutes since the start. */
    record Episode(String name, double from, double to) {}

    SoakFaults(long began, FaultProxy vault, FaultProxy aws, FaultProxy etcd) {
        this.began = began;
        both(vault, aws, "refused", FaultProxy::refuse);
        both(vault, aws, "silent", FaultProxy::blackHole);
        faults.add(new Fault("etcd refused", etcd, FaultProxy::refuse));
        both(vault, aws, "slow", proxy -> proxy.delay(Duration.ofSeconds(3)));
        both(vault, aws, "cut off", proxy -> proxy.cutAfter(100));
        faults.add(new Fault("etcd silent", etcd, FaultProxy::blackHole));
        both(vault, aws, "500", proxy -> proxy.answer(500, "{}"));
        both(vault, aws, "503", proxy -> proxy.answer(503, "{}"));
        faults.add(new Fault("etcd cut off", etcd, proxy -> proxy.cutAfter(100)));
        both(vault, aws, "429", proxy -> proxy.answer(429, "{}", "Retry-After: 2"));
        both(vault, aws, "403", proxy -> proxy.answer(403, "{}"));
        both(vault, aws, "bad JSON", proxy -> proxy.answer(200, "{\"data\":"));
    }

    private void both(FaultProxy vault, FaultProxy aws, String name, Consumer<FaultProxy> cause) {
        faults.add(new Fault("vault " + name, vault, cause));
        faults.add(new Fault("aws " + name, aws, cause));
    }

    /** Causes faults until it is stopped; at the end no fault remains. */
    void run(CountDownLatch stop) throws InterruptedException {
        for (int next = 0; !stop.await(CALM.toMillis(), TimeUnit.MILLISECONDS); next++) {
            Fault fault = faults.get(next % faults.size());
            double from = minutes();
            fault.cause().accept(fault.proxy());
            try {
                stop.await(FAULT.toMillis(), TimeUnit.MILLISECONDS);
            } finally {
                fault.proxy().forward();
            }
            synchronized (episodes) {
                episodes.add(new Episode(fault.name(), from, minutes()));
            }
        }
    }

    private double minutes() {
        return (System.nanoTime() - began) / 60e9;
    }

    List<Episode> episodes() {
        synchronized (episodes) {
            return List.copyOf(episodes);
        }
    }
}
