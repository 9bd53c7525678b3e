package dev.secretproviders.system;

import java.lang.invoke.MethodHandle;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads for work that people wait for and that may take long, such as the pages of the dashboard. They leave the
 * processor to the threads that decide requests: their nice value is 14, which is a 24th of a processor that others
 * want as well. Java's own priorities have no effect on Linux without options of the JVM.
 *
 * <p>A thread inherits the nice value of the thread that starts it, and cannot raise its priority again. So work on these
 * threads must not start other threads, virtual ones included. Elsewhere than on Linux, the threads are usual ones.
 */
public final class LowPriority {
    private static final Logger LOG = LoggerFactory.getLogger(LowPriority.class);
    private static final int NICE = 14;
    /** {@code PRIO_PROCESS} of {@code <sys/resource.h>}. With the number 0, Linux takes it for the calling thread. */
    private static final int PRIO_PROCESS = 0;

    private static final int THIS_THREAD = 0;

    private LowPriority() {}

    /**
     * Returns a factory of daemon threads with low priority.
     *
     * @param name the beginning of their names; a number follows
     */
    public static ThreadFactory threads(String name) {
        ThreadFactory threads = Thread.ofPlatform().daemon().name(name, 0).factory();
        return work -> {
            Thread thread = threads.newThread(() -> {
                lower();
                work.run();
            });
            // Not that of a web application, whose threads the server would want to end.
            thread.setContextClassLoader(LowPriority.class.getClassLoader());
            return thread;
        };
    }

    private static void lower() {
        MethodHandle call = Native.SETPRIORITY;
        if (call == null) {
            return;
        }
        try {
            int _ = (int) call.invokeExact(PRIO_PROCESS, THIS_THREAD, NICE);
        } catch (Throwable e) {
            // It declares no exception. The thread works, only with the usual priority.
            LOG.debug(
                    "the priority of a thread was not lowered: {}", e.getClass().getName());
        }
    }

    /** Found at the first use, because that takes a while. */
    private static final class Native {
        private static final @Nullable MethodHandle SETPRIORITY = find();

        private Native() {}

        /** Returns the function, which has no effect beyond its thread. */
        private static @Nullable MethodHandle find() {
            if (!System.getProperty("os.name", "").equals("Linux")) {
                return null;
            }
            try {
                return NativeFunction.ofThreeNumbers("setpriority");
            } catch (RuntimeException | LinkageError e) {
                LOG.debug("threads keep the usual priority: {}", e.getClass().getName());
                return null;
            }
        }
    }
}
