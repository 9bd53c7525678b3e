package dev.secretproviders.transport.socket;

import io.netty.util.internal.logging.InternalLogLevel;
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
 * Makes Netty log warnings and errors only, as all libraries do here. The loggers ask the logging library only then. So
 * Netty can start before that library, whose start searches the whole class path.
 */
public final class NettyLogging {
    private static final Set<String> URGENT = Set.of("warn", "error", "isWarnEnabled", "isErrorEnabled");

    private NettyLogging() {}

    /** Applies to all loggers that Netty gets from now on. */
    public static void warningsOnly() {
        InternalLoggerFactory.setDefaultFactory(new WarningsOnly());
    }

    private static final class WarningsOnly extends InternalLoggerFactory {
        @Override
        protected InternalLogger newInstance(String name) {
            return (InternalLogger) Proxy.newProxyInstance(
                    InternalLogger.class.getClassLoader(), new Class<?>[] {InternalLogger.class}, new Quiet(name));
        }
    }

    private record Quiet(String name) implements InvocationHandler {
        @Override
        public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
                throws Throwable {
            if (method.getDeclaringClass() == Object.class) {
                return method.invoke(this, arguments);
            }
            if (method.getName().equals("name")) {
                return name;
            }
            if (!urgent(method.getName(), arguments)) {
                return method.getReturnType() == boolean.class ? false : null;
            }
            InternalLogger logger = ((Slf4JLoggerFactory) Slf4JLoggerFactory.INSTANCE).newInstance(name);
            try {
                return method.invoke(logger, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        private static boolean urgent(String method, @Nullable Object @Nullable [] arguments) {
            if (arguments != null && arguments[0] instanceof InternalLogLevel level) {
                return level.compareTo(InternalLogLevel.WARN) >= 0;
            }
            return URGENT.contains(method);
        }
    }
}
