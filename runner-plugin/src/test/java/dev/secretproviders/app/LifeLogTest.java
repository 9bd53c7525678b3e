package dev.secretproviders.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.resolve.ResolverListener.Outcome;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What is wrong with a secret is said once, not at every attempt, and not remembered for ever. */
class LifeLogTest {
    private static final ProviderId VAULT = new ProviderId("vault", "prod");

    private final Logger logger = (Logger) LoggerFactory.getLogger(LifeLog.class);
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();
    private long nanos = Duration.ofDays(-365).toNanos();
    private final LifeLog log = new LifeLog(() -> nanos);

    @BeforeEach
    void listen() {
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(appender);
    }

    private List<String> said() {
        return appender.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void sameIsSaidOnceHoweverOftenItIsTriedAndAgainWhenItCameBack() {
        for (int i = 0; i < 10; i++) {
            log.fetched(VAULT, "jack", Outcome.MISSING);
            nanos += LifeLog.FORGOTTEN_AFTER.dividedBy(2).toNanos();
        }
        assertThat(said()).containsExactly("provider vault/prod: there is no secret 'jack'");
        log.fetched(VAULT, "jack", Outcome.PERMISSION);
        log.fetched(VAULT, "jack", Outcome.PERMISSION);
        log.fetched(VAULT, "jack", Outcome.FOUND);
        log.fetched(VAULT, "jack", Outcome.MISSING);
        assertThat(said())
                .containsExactly(
                        "provider vault/prod: there is no secret 'jack'",
                        "provider vault/prod: secret 'jack': PERMISSION",
                        "provider vault/prod: there is no secret 'jack'");
    }

    /** Found by the soak: each secret that was ever missing stayed in memory. */
    @Test
    void secretsThatNobodyAsksForAnyMoreAreForgotten() {
        for (int i = 0; i < 1_000; i++) {
            log.fetched(VAULT, "guest-" + i, Outcome.MISSING);
        }
        assertThat(log.remembered()).isEqualTo(1_000);
        nanos += LifeLog.FORGOTTEN_AFTER.toNanos();
        assertThat(log.remembered()).isZero();
    }
}
