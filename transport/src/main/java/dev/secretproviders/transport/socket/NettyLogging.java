package dev.secretproviders.transport.socket;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.Slf4JLoggerFactory;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets Netty begin without a logging library, whose start searches the whole class path. Netty keeps its loggers for good, so those that
 * it gets meanwhile become the library's as soon as there is one. Warnings do not wait for it.
 *
 * <p>Thread-safe.
 */
public final class NettyLogging {
    private static final Set<String> URGENT = Set.of("warn", "error", "isWarnEnabled", "isErrorEnabled");

    private NettyLogging() {}

    /** From now on Netty's loggers say nothing less than a warning. */
    public static void defer() {
        InternalLoggerFactory.setDefaultFactory(new Deferring());
    }

    /** From now on Netty logs by SLF4J. */
    public static void resume() {
        InternalLoggerFactory.setDefaultFactory(Slf4JLoggerFactory.INSTANCE);
    }

    private static final class Deferring extends InternalLoggerFactory {
        @Override
        protected InternalLogger newInstance(String name) {
            return (InternalLogger) Proxy.newProxyInstance(
                    InternalLogger.class.getClassLoader(), new Class<?>[] {InternalLogger.class}, new Deferred(name));
        }
    }

    private static final class Deferred implements InvocationHandler {
        private final String name;
        private volatile @Nullable InternalLogger logger;

        Deferred(String name) {
            this.name = name;
        }

        @Override
        public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
                throws Throwable {
            if (method.getDeclaringClass() == Object.class) {
                return method.invoke(this, arguments);
            }
            InternalLogger real = logger;
            if (real == null) {
                if (InternalLoggerFactory.getDefaultFactory() instanceof Deferring) {
                    if (!URGENT.contains(method.getName())) {
                        return method.getReturnType() == boolean.class ? false : null;
                    }
                    resume();
                }
                real = InternalLoggerFactory.getInstance(name);
                logger = real;
            }
            try {
                return method.invoke(real, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }
    }
}
