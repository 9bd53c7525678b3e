package dev.secretproviders.app.wiring;

import dev.secretproviders.app.logs.StartLog;
import dev.secretproviders.transport.socket.BoundSocket;
import dev.secretproviders.transport.socket.ServiceNotice;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Stops the process at SIGTERM. APISIX kills a runner one second later ({@code apisix/plugins/ext-plugin/init.lua}). So
 * the shutdown takes at most {@link #LIMIT}: first the requests in flight, then the rest as far as time allows.
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

    /** Sets the runner to stop. Null if it could not be started. */
    void runner(@Nullable Runner started) {
        runner = started;
    }

    /** Sets the early socket, which the runner takes over later. */
    void early(@Nullable BoundSocket made) {
        early = made;
    }

    /** Opens the socket for commands of a runner that decides requests. Does nothing if it is open. */
    void openCommands(Runner deciding) {
        if (commands == null) {
            commands = CommandSocket.open(deciding.dataDirectory(), new AdminServlet(deciding));
        }
    }

    /**
     * Leaves the name of the socket for commands to the runner that has replaced this one. To close the socket would remove
     * that name. The system closes it when the process ends.
     */
    void leaveCommands() {
        commands = null;
    }

    void management(@Nullable ConfigurableApplicationContext started) {
        management = started;
    }

    /** Ends the process at once, because another runner has taken its place. */
    void replaced() {
        end(0);
        Runtime.getRuntime().halt(0);
    }

    @Override
    public void run() {
        end(TERMINATED);
    }

    private void end(int code) {
        Thread.ofPlatform().daemon().name("shutdown-limit").start(() -> {
            try {
                Thread.sleep(LIMIT);
            } catch (InterruptedException e) {
                return;
            }
            Runtime.getRuntime().halt(code);
        });
        long began = System.nanoTime();
        ServiceNotice.STOPPING.send(System.getenv());
        CommandSocket socket = commands;
        if (socket != null) {
            // At once: a runner that waits for this one then creates its own socket, which must not be removed.
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
