package dev.secretproviders.app.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Filter;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;

/**
 * Keeps libraries from logging secrets. At DEBUG and TRACE, and some at INFO, they print headers, bodies, frames and signatures: tokens and values of
 * secrets. Whatever levels are set, wherever, and also while the process runs, they log warnings and errors only, and those that quote what
 * they got log nothing. Loggers that are not listed here are ours or those of users' jars.
 *
 * <p>It is put in place right after Spring Boot has set up logging, again each time that it does.
 */
public final class LibraryLogs implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {
    /** Packages, and what stands before a dot in other names of loggers. */
    private static final List<String> LIBRARIES = List.of(
            // The JDK: its HTTP clients print headers, and TLS prints what is sent.
            "com.sun",
            "java",
            "javax",
            "jdk",
            "sun",
            "jakarta",
            // The Admin API and the frame around it. Spring names some loggers with a _ before.
            "org.springframework",
            "_org.springframework",
            "org.apache.catalina",
            "org.apache.coyote",
            "org.apache.tomcat",
            "org.apache.juli",
            "org.apache.jasper",
            "org.apache.naming",
            "org.apache.el",
            "org.aopalliance",
            "org.yaml",
            "org.snakeyaml",
            "tools.jackson",
            "com.fasterxml",
            "picocli",
            // Metrics and logging itself.
            "io.micrometer",
            "io.prometheus",
            "io.opencensus",
            "io.opentelemetry",
            "org.HdrHistogram",
            "ch.qos.logback",
            "org.slf4j",
            "org.apache.logging",
            "org.apache.log4j",
            "org.apache.commons",
            // Networks.
            "io.netty",
            "io.grpc",
            "io.perfmark",
            "io.vertx",
            "dev.failsafe",
            "okhttp3",
            "okhttp",
            "okio",
            "org.apache.http",
            "org.apache.hc",
            "reactor",
            "org.reactivestreams",
            "org.eclipse.jetty",
            // Secret managers and etcd.
            "io.github.jopenlibs",
            "software.amazon",
            "com.amazonaws",
            "com.google",
            "com.azure",
            "com.microsoft",
            "io.kubernetes",
            "io.swagger",
            "io.gsonfire",
            "io.etcd",
            "io.github.api7",
            // The rest of what is in the distribution.
            "org.bouncycastle",
            "org.h2",
            "com.github.benmanes",
            "kotlin",
            "org.threeten",
            "android",
            "org.codehaus",
            "org.jspecify");

    /**
     * What is less than all warnings and errors: the clients of Azure log each refusal with the answer in it, those of Google and of the JDK
     * log requests by warnings too, and Boot quotes the configuration, of whose mistakes {@code Startup} tells.
     */
    private static final Map<String, Level> STRICTER = Map.ofEntries(
            Map.entry("com.azure", Level.OFF),
            Map.entry("com.microsoft", Level.OFF),
            Map.entry("com.google.api.client.http", Level.OFF),
            Map.entry("com.google.auth", Level.OFF),
            Map.entry("software.amazon.awssdk.request", Level.OFF),
            Map.entry("sun.net.www.protocol.http", Level.OFF),
            Map.entry("jdk.httpclient", Level.OFF),
            Map.entry("jdk.internal.httpclient", Level.OFF),
            Map.entry("javax.net.ssl", Level.OFF),
            Map.entry("org.springframework.boot.diagnostics", Level.OFF),
            Map.entry("org.springframework.boot.web.server.servlet.context", Level.ERROR));

    /** Those of them that log by the JDK, held here since the JDK holds loggers weakly. */
    private static final List<java.util.logging.Logger> OF_THE_JDK = List.of(
                    "sun.net.www.protocol.http.HttpURLConnection",
                    "sun.net.www.http.HttpClient",
                    "sun.net.www.protocol.http.HttpsClient",
                    "jdk.httpclient.HttpClient",
                    "jdk.internal.httpclient.debug",
                    "jdk.internal.httpclient.hpack.debug",
                    "jdk.internal.httpclient.websocket.debug",
                    "javax.net.ssl",
                    "com.google.api.client.http.HttpTransport",
                    "com.google.auth.http.HttpCredentialsAdapter",
                    "org.apache.coyote.http11.Http11InputBuffer",
                    "org.apache.coyote.http11.Http11Processor",
                    "okhttp3.OkHttpClient",
                    "okhttp3.internal.http2.Http2",
                    "io.grpc.netty.NettyClientHandler",
                    "io.grpc.ChannelLogger")
            .stream()
            .map(java.util.logging.Logger::getLogger)
            .toList();

    private static final ConcurrentHashMap<String, Level> LEAST = new ConcurrentHashMap<>();
    private static final TurboFilter FILTER = new LevelFilter();

    @Override
    public int getOrder() {
        return LoggingApplicationListener.DEFAULT_ORDER + 1;
    }

    @Override
    public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
        install();
    }

    /** Puts it in place; once is enough until logging is set up again. */
    static void install() {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (factory instanceof LoggerContext context
                && !context.getTurboFilterList().contains(FILTER)) {
            context.addTurboFilter(FILTER);
        }
        // Where there are handlers of the JDK's, what goes to them does not come through the filter above.
        OF_THE_JDK.forEach(logger -> logger.setFilter(new JdkFilter(null)));
        for (Handler handler : java.util.logging.Logger.getLogger("").getHandlers()) {
            if (!(handler.getFilter() instanceof JdkFilter)) {
                handler.setFilter(new JdkFilter(handler.getFilter()));
            }
        }
    }

    /** Returns the least level that a logger of this name logs at, whatever is set; {@link Level#TRACE} for ours. */
    static Level least(String logger) {
        return LEAST.computeIfAbsent(logger, LibraryLogs::find);
    }

    private static Level find(String logger) {
        for (String name = logger; !name.isEmpty(); name = parent(name)) {
            Level stricter = STRICTER.get(name);
            if (stricter != null) {
                return stricter;
            }
            if (LIBRARIES.contains(name)) {
                return Level.WARN;
            }
        }
        return Level.TRACE;
    }

    private static String parent(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(0, dot);
    }

    /** As the bridge to SLF4J translates the JDK's levels. */
    private static int level(int ofTheJdk) {
        if (ofTheJdk <= java.util.logging.Level.FINEST.intValue()) {
            return Level.TRACE_INT;
        } else if (ofTheJdk <= java.util.logging.Level.FINE.intValue()) {
            return Level.DEBUG_INT;
        } else if (ofTheJdk <= java.util.logging.Level.INFO.intValue()) {
            return Level.INFO_INT;
        }
        return ofTheJdk <= java.util.logging.Level.WARNING.intValue() ? Level.WARN_INT : Level.ERROR_INT;
    }

    private static final class LevelFilter extends TurboFilter {
        @Override
        public FilterReply decide(
                @Nullable Marker marker,
                Logger logger,
                Level level,
                @Nullable String format,
                Object @Nullable [] parameters,
                @Nullable Throwable cause) {
            // Most of what is not to be logged is told from the level that is set.
            return level.isGreaterOrEqual(logger.getEffectiveLevel())
                            && !level.isGreaterOrEqual(least(logger.getName()))
                    ? FilterReply.DENY
                    : FilterReply.NEUTRAL;
        }
    }

    /**
     * The same for what does not come to Logback.
     *
     * @param before a filter that was there already, or null
     */
    private record JdkFilter(@Nullable Filter before) implements Filter {
        @Override
        public boolean isLoggable(LogRecord entry) {
            String logger = entry.getLoggerName();
            return (logger == null
                            || least(logger).toInt() <= level(entry.getLevel().intValue()))
                    && (before == null || before.isLoggable(entry));
        }
    }
}
