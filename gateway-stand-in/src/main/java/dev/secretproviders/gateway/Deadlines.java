package dev.secretproviders.gateway;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Closes connections whose read or write takes too long. Blocking channels have no timeout of their own. One
 * thread checks all of them every 20 ms, so a request costs two volatile writes only.
 */
final class Deadlines {
    private static final Duration TICK = Duration.ofMillis(20);
    private static final Set<WireChannel> WATCHED = ConcurrentHashMap.newKeySet();

    static {
        Thread.ofPlatform().daemon().name("gateway-deadlines").start(Deadlines::run);
    }

    private Deadlines() {}

    static void watch(WireChannel connection) {
        WATCHED.add(connection);
    }

    static void forget(WireChannel connection) {
        WATCHED.remove(connection);
    }

    private static void run() {
        try {
            while (true) {
                Thread.sleep(TICK);
                long now = System.nanoTime();
                WATCHED.forEach(connection -> connection.closeIfLate(now));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
