package dev.secretproviders.app.logs;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.secretproviders.resolve.ResolverListener.FetchOutcome;
import dev.secretproviders.spi.ProviderId;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A problem with a secret is logged once, not at every attempt, and is forgotten after a while. */
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
        String forbidden = "provider vault/prod: secret 'jack' may not be read with the provider's login";
        for (int i = 0; i < 10; i++) {
            log.fetched(VAULT, "jack", FetchOutcome.PERMISSION, null);
            nanos += LifeLog.FORGOTTEN_AFTER.dividedBy(2).toNanos();
        }
        assertThat(said()).containsExactly(forbidden);
        log.fetched(VAULT, "jack", FetchOutcome.INVALID_ANSWER, null);
        log.fetched(VAULT, "jack", FetchOutcome.INVALID_ANSWER, null);
        log.fetched(VAULT, "jack", FetchOutcome.FOUND, null);
        log.fetched(VAULT, "jack", FetchOutcome.PERMISSION, null);
        assertThat(said())
                .containsExactly(
                        forbidden,
                        "provider vault/prod: secret 'jack' was answered in a form that is not understood",
                        forbidden);
    }

    @Test
    void missingSecretIsLeftToTheReferencesThatMeanIt() {
        log.fetched(VAULT, "team/jack", FetchOutcome.MISSING, null);

        assertThat(appender.list).noneMatch(event -> event.getLevel().isGreaterOrEqual(Level.INFO));
    }

    @Test
    void outageAndRotationAreSaidWithFields() {
        log.availability(VAULT, false, "UNAVAILABLE: connection refused");
        log.availability(VAULT, true, "answers again");
        log.rotated(VAULT, "jack", "1", "2");

        assertThat(appender.list)
                .extracting(event -> event.getLevel() + " " + event.getKeyValuePairs())
                .containsExactly(
                        "WARN [event=\"provider.unavailable\", provider=\"vault/prod\"]",
                        "INFO [event=\"provider.available\", provider=\"vault/prod\"]",
                        "INFO [event=\"secret.rotated\", provider=\"vault/prod\", path=\"jack\"]");
    }

    /** The soak test found that each secret that was ever missing stayed in memory. */
    @Test
    void secretsThatNobodyAsksForAnyMoreAreForgotten() {
        for (int i = 0; i < 1_000; i++) {
            log.fetched(VAULT, "guest-" + i, FetchOutcome.PERMISSION, null);
        }
        assertThat(log.remembered()).isEqualTo(1_000);
        nanos += LifeLog.FORGOTTEN_AFTER.toNanos();
        assertThat(log.remembered()).isZero();
    }
}
