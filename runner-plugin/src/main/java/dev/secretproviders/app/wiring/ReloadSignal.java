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
 * SIGHUP: the configuration is read again, as the command {@code reload} does it; what came of it is in the log. Without this the Java
 * runtime ends the process.
 *
 * <p>A process that was started to ignore the signal, as {@code nohup} does, goes on ignoring it. With the option {@code -Xrs} the Java
 * runtime leaves signals to the operating system, and this one ends the process.
 */
final class ReloadSignal {
    private static final Logger LOG = LoggerFactory.getLogger(ReloadSignal.class);
    private static final Actor SIGNAL = new Actor(null, "SIGHUP", "signal", null);

    private final Supplier<@Nullable Operations> operations;
    /** Signals that come while another one waits are covered by that one. */
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
            // By their names: the compiler warns of them in a way that cannot be switched off. They are supported by
            // JEP 260.
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
            say(Level.WARN, "the runner has not started yet, or cannot reach its store: send SIGHUP again later");
            return;
        }
        try {
            // What is in force now is said where it was put in force.
            var _ = now.reload(SIGNAL, null);
        } catch (RefusedException | StoreException e) {
            say(Level.ERROR, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // Its kind only: the message may quote a value.
            say(
                    Level.ERROR,
                    "the new one cannot be put in force (" + e.getClass().getName() + ")");
        }
    }

    private static void say(Level level, String why) {
        LOG.atLevel(level)
                .addKeyValue("event", "reload.refused")
                .log("SIGHUP: the configuration in force stays: {}", why);
    }
}
