package dev.secretproviders.app.logs;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.File;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** No configured level makes a library log the data that it sends and receives. */
class LibraryLogsTest {
    /** Packages of libraries that only tests use. */
    private static final List<String> OF_TESTS = List.of(
            "aj.org",
            "com.deque",
            "com.ethlo",
            "joptsimple",
            "org.jsoup",
            "org.openjdk",
            "com.networknt",
            "org.java_websocket",
            "org.junit",
            "org.opentest4j",
            "org.testcontainers",
            "org.rnorth",
            "com.github.dockerjava",
            "com.tngtech",
            "net.jqwik",
            "org.apiguardian",
            "com.code_intelligence",
            "jaz",
            "com.jayway",
            "org.hamcrest",
            "org.mockito",
            "net.bytebuddy",
            "org.objenesis",
            "org.skyscreamer",
            "org.json",
            "org.xmlunit",
            "org.assertj",
            "org.awaitility",
            "org.intellij",
            "org.jetbrains",
            "org.apache.maven",
            "org.jacoco",
            "com.vladium");

    private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    private final Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Level levelBefore = root.getLevel();
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();

    @BeforeEach
    void logEverything() {
        LibraryLogs.install();
        root.setLevel(Level.TRACE);
        said.start();
        root.addAppender(said);
    }

    @AfterEach
    void asBefore() {
        root.detachAppender(said);
        root.setLevel(levelBefore);
        context.getLoggerList().forEach(logger -> logger.setLevel(logger == root ? levelBefore : null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sun.net.www.protocol.http.HttpURLConnection",
                "jdk.internal.httpclient.debug",
                "org.apache.coyote.http11.Http11InputBuffer",
                "io.netty.handler.codec.http2.Http2FrameLogger",
                "okhttp3.OkHttpClient",
                "software.amazon.awssdk.auth.signer",
                "com.azure.core.http",
                "_org.springframework.web.servlet.HandlerMapping.Mappings"
            })
    void libraryLogsNothingBelowAWarningAlsoWhereItsOwnLevelIsSet(String name) {
        Logger logger = context.getLogger(name);
        logger.setLevel(Level.TRACE);

        logger.trace("canary");
        logger.debug("canary {}", 1);
        logger.info("canary {} {}", 1, 2);

        assertThat(said.list).isEmpty();
        assertThat(logger.isDebugEnabled()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "com.azure.identity",
                "com.microsoft.aad.msal4j.X",
                "sun.net.www.protocol.http.HttpURLConnection",
                "org.springframework.boot.diagnostics.LoggingFailureAnalysisReporter"
            })
    void someLogNothingAtAll(String name) {
        context.getLogger(name).error("canary");

        assertThat(said.list).isEmpty();
    }

    @Test
    void ourOwnAndThoseOfUsersJarsLogAsTheyAreSet() {
        for (String name : List.of("dev.secretproviders.X", "com.acme.Filter", "org.apache.apisix.plugin.runner.X")) {
            context.getLogger(name).trace("shown");
        }
        context.getLogger("org.apache.catalina.X").warn("shown");

        assertThat(said.list).hasSize(4);
    }

    @Test
    void handlerOfTheJdkGetsNoneOfItEither() {
        java.util.logging.Logger jdkRoot = java.util.logging.Logger.getLogger("");
        List<LogRecord> published = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                if (isLoggable(entry)) {
                    published.add(entry);
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        handler.setLevel(java.util.logging.Level.ALL);
        jdkRoot.addHandler(handler);
        java.util.logging.Level before = jdkRoot.getLevel();
        jdkRoot.setLevel(java.util.logging.Level.ALL);
        java.util.logging.Logger own = java.util.logging.Logger.getLogger("jdk.httpclient.HttpClient");
        own.addHandler(handler);
        java.util.logging.Logger google = java.util.logging.Logger.getLogger("com.google");
        google.addHandler(handler);
        try {
            LibraryLogs.install();
            own.severe("canary");
            System.getLogger("sun.net.www.protocol.http.HttpURLConnection").log(System.Logger.Level.TRACE, "canary");
            java.util.logging.Logger.getLogger("com.google.api.client.http.HttpTransport")
                    .config("canary");
            java.util.logging.Logger.getLogger("com.acme.X").finest("shown");

            assertThat(published).extracting(LogRecord::getMessage).containsOnly("shown");
        } finally {
            own.removeHandler(handler);
            google.removeHandler(handler);
            jdkRoot.setLevel(before);
            jdkRoot.removeHandler(handler);
        }
    }

    /** Fails when a new library is not listed. */
    @Test
    void everyLibraryOfTheRunnerIsListed() throws IOException {
        TreeSet<String> unknown = new TreeSet<>();
        int jars = 0;
        for (URL manifest : Collections.list(LibraryLogs.class.getClassLoader().getResources(JarFile.MANIFEST_NAME))) {
            if (manifest.openConnection() instanceof JarURLConnection connection
                    && !manifest.getPath().contains("console-standalone")) {
                jars++;
                JarFile jar = connection.getJarFile();
                jar.stream()
                        .map(JarEntry::getName)
                        .filter(name -> name.endsWith(".class") && !name.startsWith("META-INF/") && name.contains("/"))
                        .map(name -> name.substring(0, name.lastIndexOf('/')).replace('/', '.'))
                        .distinct()
                        .filter(name -> LibraryLogs.least(name + ".X") == Level.TRACE)
                        .filter(name -> OF_TESTS.stream().noneMatch(test -> (name + ".").startsWith(test + ".")))
                        .filter(name -> !name.startsWith("dev.secretproviders.")
                                && !(name + ".").startsWith("org.apache.apisix.plugin.runner."))
                        .forEach(name -> unknown.add(name + " of " + new File(jar.getName()).getName()));
            }
        }

        assertThat(jars).as("jars on the class path").isGreaterThan(100);
        assertThat(unknown).as("neither in LibraryLogs nor only for tests").isEmpty();
    }
}
