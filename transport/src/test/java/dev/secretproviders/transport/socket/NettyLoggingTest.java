package dev.secretproviders.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.Slf4JLoggerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Netty's loggers do without a logging library until there is one, and lose no warning. */
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

    private static InternalLogger early() {
        NettyLogging.defer();
        return InternalLoggerFactory.getInstance(NAME);
    }

    @Test
    void whatIsLessThanAWarningIsNotSaidBefore() {
        InternalLogger logger = early();
        logger.debug("{} and {}", 1, 2);
        logger.info("something");

        assertThat(logger.isDebugEnabled()).isFalse();
        assertThat(logger.isWarnEnabled()).isTrue();
        assertThat(heard.list).isEmpty();
    }

    @Test
    void loggersMadeBeforeAreTheLibrarysAfterwards() {
        InternalLogger logger = early();
        NettyLogging.resume();
        logger.debug("{} and {}", 1, 2);

        assertThat(logger.isDebugEnabled()).isTrue();
        assertThat(heard.list).extracting(ILoggingEvent::getFormattedMessage).containsExactly("1 and 2");
    }

    @Test
    void warningsDoNotWait() {
        IllegalStateException cause = new IllegalStateException("cause");
        early().warn("broken", cause);

        assertThat(heard.list).singleElement().satisfies(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.WARN);
            assertThat(event.getFormattedMessage()).isEqualTo("broken");
            assertThat(event.getThrowableProxy().getMessage()).isEqualTo("cause");
        });
    }
}
