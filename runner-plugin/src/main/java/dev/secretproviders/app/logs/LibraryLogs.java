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

/**
 * Keeps libraries from logging secrets. At DEBUG and TRACE, and some at INFO, they print headers, bodies, frames and
 * signatures, which hold tokens and secrets. So they log only warnings and errors, whatever levels are set at the start
 * or later. Libraries that quote received data log nothing. Loggers that are not listed here belong to the runner or to
 * users' jars.
 *
 * <p>The filters are installed after logging is set up.
 */
final class LibraryLogs {
    /** Packages, and prefixes of other logger names up to a dot. */
    private static final List<String> LIBRARIES = List.of(
            // The JDK: its HTTP clients print headers, and TLS prints the data that is sent.
            "com.sun",
            "java",
            "javax",
            "jdk",
            "sun",
            "jakarta",
            // The Admin API and its framework. Some of Spring's logger names begin with _.
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
            // The dashboard: its pages and its log-in.
            "org.thymeleaf",
            "org.attoparser",
            "org.unbescape",
            "com.nimbusds",
            "net.jcip",
            "net.minidev",
            "org.objectweb",
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
            // The other libraries of the distribution.
            "org.bouncycastle",
            "com.amazon.corretto",
            "org.h2",
            "com.github.benmanes",
            "kotlin",
            "org.threeten",
            "android",
            "org.codehaus",
            "org.jspecify");

    /**
     * Loggers that may log less than all warnings and errors. Azure's clients log each refusal with the answer.
     * Google's and the JDK's clients also log requests as warnings. Boot quotes the configuration, whose mistakes
     * {@code Startup} reports.
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
            // It quotes what the collector answered. Telemetry reports failures by itself.
            Map.entry("io.opentelemetry", Level.OFF),
            Map.entry("org.springframework.boot.diagnostics", Level.OFF),
            Map.entry("org.springframework.boot.web.server.servlet.context", Level.ERROR));

    /** Library loggers of java.util.logging, held here because the JDK holds loggers by weak references. */
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

    private LibraryLogs() {}

    /** Installs the filters. Needed again after logging is set up again. */
    static void install() {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (factory instanceof LoggerContext context
                && !context.getTurboFilterList().contains(FILTER)) {
            context.addTurboFilter(FILTER);
        }
        // Records for the JDK's own handlers do not pass the filter above.
        OF_THE_JDK.forEach(logger -> logger.setFilter(new JdkFilter(null)));
        for (Handler handler : java.util.logging.Logger.getLogger("").getHandlers()) {
            if (!(handler.getFilter() instanceof JdkFilter)) {
                handler.setFilter(new JdkFilter(handler.getFilter()));
            }
        }
    }

    /** Returns the lowest level that a logger of this name may log at. {@link Level#TRACE} for unlisted loggers. */
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

    /** Translates a level of the JDK in the same way as the bridge to SLF4J. */
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
            // The cheap check of the level that is set comes first.
            return level.isGreaterOrEqual(logger.getEffectiveLevel())
                            && !level.isGreaterOrEqual(least(logger.getName()))
                    ? FilterReply.DENY
                    : FilterReply.NEUTRAL;
        }
    }

    /**
     * The same filter for records that do not reach Logback.
     *
     * @param before a filter that was set before, or null
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
