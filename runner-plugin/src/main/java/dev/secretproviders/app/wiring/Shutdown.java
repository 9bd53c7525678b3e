package dev.secretproviders.app.wiring;

import dev.secretproviders.app.logs.StartLog;
import dev.secretproviders.transport.socket.BoundSocket;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * What happens at SIGTERM. APISIX kills a runner one second after it ({@code apisix/plugins/ext-plugin/init.lua}), so all of it
 * fits into {@link #LIMIT}: first the requests in flight, then whatever else there is time for.
 */
final class Shutdown implements Runnable {
    static final Duration LIMIT = Duration.ofMillis(850);
    private static final Duration GRACE = Duration.ofMillis(500);
    private static final int TERMINATED = 143;

    private volatile @Nullable BoundSocket early;
    private volatile @Nullable Runner runner;
    private volatile @Nullable CommandSocket commands;
    private volatile @Nullable ConfigurableApplicationContext management;

    @Nullable
    Runner runner() {
        return runner;
    }

    /** Takes the runner to stop; null if it could not be started. */
    void runner(@Nullable Runner started) {
        runner = started;
    }

    /** Takes a socket that was made before there is a runner, which will take it over. */
    void early(@Nullable BoundSocket made) {
        early = made;
    }

    void commands(@Nullable CommandSocket opened) {
        commands = opened;
    }

    void management(@Nullable ConfigurableApplicationContext started) {
        management = started;
    }

    @Override
    public void run() {
        Thread.ofPlatform().daemon().name("shutdown-limit").start(() -> {
            try {
                Thread.sleep(LIMIT);
            } catch (InterruptedException e) {
                return;
            }
            Runtime.getRuntime().halt(TERMINATED);
        });
        long began = System.nanoTime();
        CommandSocket socket = commands;
        if (socket != null) {
            // At once: a runner that waits for this one to go makes its own, which must not be removed.
            Thread.ofVirtual().name("command-socket").start(socket::close);
        }
        Runner running = runner;
        BoundSocket made = early;
        if (running != null) {
            StartLog.stopping();
            running.stopServing(GRACE);
            running.close();
        } else if (made != null) {
            made.close();
        }
        ConfigurableApplicationContext context = management;
        if (context != null) {
            context.close();
        }
        if (running != null) {
            StartLog.stopped(Duration.ofNanos(System.nanoTime() - began));
        }
    }
}
