package dev.secretproviders.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.util.internal.logging.InternalLogLevel;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.Slf4JLoggerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Netty logs nothing below a warning, and loses no warning. */
class NettyLoggingTest {
    private static final String NAME = "netty.part";

    private final Logger target = (Logger) LoggerFactory.getLogger(NAME);
    private final ListAppender<ILoggingEvent> heard = new ListAppender<>();

    @BeforeEach
    void listen() {
        target.setLevel(Level.DEBUG);
        heard.start();
        target.addAppender(heard);
    }

    @AfterEach
    void restore() {
        target.detachAppender(heard);
        target.setLevel(null);
        InternalLoggerFactory.setDefaultFactory(Slf4JLoggerFactory.INSTANCE);
    }

    private static InternalLogger logger() {
        NettyLogging.warningsOnly();
        return InternalLoggerFactory.getInstance(NAME);
    }

    @Test
    void whatIsLessThanAWarningIsNotLogged() {
        InternalLogger logger = logger();
        logger.debug("{} and {}", 1, 2);
        logger.info("something");
        logger.log(InternalLogLevel.INFO, "something");

        assertThat(logger.isDebugEnabled()).isFalse();
        assertThat(logger.isEnabled(InternalLogLevel.INFO)).isFalse();
        assertThat(heard.list).isEmpty();
    }

    @Test
    void warningsAndErrorsAreLogged() {
        IllegalStateException cause = new IllegalStateException("cause");
        InternalLogger logger = logger();
        logger.warn("broken", cause);
        logger.log(InternalLogLevel.ERROR, "{} and {}", 1, 2);

        assertThat(logger.name()).isEqualTo(NAME);
        assertThat(logger.isWarnEnabled()).isTrue();
        assertThat(logger.isEnabled(InternalLogLevel.ERROR)).isTrue();
        assertThat(heard.list)
                .satisfiesExactly(
                        event -> {
                            assertThat(event.getLevel()).isEqualTo(Level.WARN);
                            assertThat(event.getFormattedMessage()).isEqualTo("broken");
                            assertThat(event.getThrowableProxy().getMessage()).isEqualTo("cause");
                        },
                        event -> {
                            assertThat(event.getLevel()).isEqualTo(Level.ERROR);
                            assertThat(event.getFormattedMessage()).isEqualTo("1 and 2");
                        });
    }
}
