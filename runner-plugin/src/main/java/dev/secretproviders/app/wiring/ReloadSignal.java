package dev.secretproviders.app.wiring;

import dev.secretproviders.admin.operation.Operations;
import dev.secretproviders.admin.operation.Operations.RefusedException;
import dev.secretproviders.audit.Actor;
import dev.secretproviders.store.StoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Handles SIGHUP: reads the configuration again, as the command {@code reload} does, and logs the result. Without a
 * handler the Java runtime would end the process.
 *
 * <p>A process that was started to ignore the signal, as by {@code nohup}, continues to ignore it. With the option
 * {@code -Xrs} the Java runtime leaves signals to the operating system, and SIGHUP ends the process.
 */
final class ReloadSignal {
    private static final Logger LOG = LoggerFactory.getLogger(ReloadSignal.class);
    private static final Actor SIGNAL = new Actor(null, "SIGHUP", "signal", null);

    private final Supplier<@Nullable Operations> operations;
    /** Drops a signal that arrives while another one waits, because the waiting one covers it. */
    private final ThreadPoolExecutor reloading = new ThreadPoolExecutor(
            0,
            1,
            1,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(1),
            Thread.ofPlatform().daemon().name("reload-signal").factory(),
            new ThreadPoolExecutor.DiscardPolicy());

    private ReloadSignal(Supplier<@Nullable Operations> operations) {
        this.operations = operations;
    }

    /**
     * Begins to handle the signal, for as long as the process runs.
     *
     * @param operations null while there is no store yet
     */
    @SuppressWarnings("ReferenceEquality") // A handler is equal to itself only.
    static void handle(Supplier<@Nullable Operations> operations) {
        ReloadSignal signal = new ReloadSignal(operations);
        try {
            // By name, because the compiler's warning about these classes cannot be suppressed. JEP 260 keeps them
            // supported.
            Class<?> type = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    handler.getClassLoader(),
                    new Class<?>[] {handler},
                    (self, method, arguments) -> switch (method.getName()) {
                        case "handle" -> {
                            signal.reloading.execute(signal::reload);
                            yield null;
                        }
                        case "equals" -> arguments[0] == self;
                        case "hashCode" -> System.identityHashCode(self);
                        default -> "reload";
                    });
            var _ = type.getMethod("handle", type, handler)
                    .invoke(null, type.getConstructor(String.class).newInstance("HUP"), proxy);
        } catch (InvocationTargetException e) {
            LOG.debug("SIGHUP is not handled: {}", String.valueOf(e.getCause()));
        } catch (ReflectiveOperationException e) {
            LOG.debug("this Java runtime has no signals", e);
        }
    }

    private void reload() {
        Operations now = operations.get();
        if (now == null) {
            log(Level.WARN, "the runner has not started yet, or cannot reach its store: send SIGHUP again later");
            return;
        }
        try {
            // Reload logs what is in force now.
            var _ = now.reload(SIGNAL, null);
        } catch (RefusedException | StoreException e) {
            log(Level.ERROR, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // The class name only: the message may quote a value.
            log(Level.ERROR, "the new one cannot be applied (" + e.getClass().getName() + ")");
        }
    }

    private static void log(Level level, String why) {
        LOG.atLevel(level)
                .addKeyValue("event", "reload.refused")
                .log("SIGHUP: the configuration in force stays: {}", why);
    }
}
