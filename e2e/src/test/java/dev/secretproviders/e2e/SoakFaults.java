package dev.secretproviders.e2e;

import dev.secretproviders.peers.FaultProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Brings one fault after the other to the ways between a runner and what it needs, with calm between them. */
final class SoakFaults {
    private static final Duration FAULT = Duration.ofSeconds(5);
    /** Longer than the longest pause of the back-off, so that the runner recovers from each. */
    private static final Duration CALM = Duration.ofSeconds(12);

    private final List<Fault> faults = new ArrayList<>();
    private final List<Episode> episodes = new ArrayList<>();
    private final long began;

    private record Fault(String name, FaultProxy proxy, Consumer<FaultProxy> cause) {}

    /** A fault that was, in minutes since the beginning. */
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

    /** Goes on until it is stopped, and leaves no fault behind. */
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
