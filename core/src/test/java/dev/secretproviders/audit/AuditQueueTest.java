package dev.secretproviders.audit;

import static dev.secretproviders.audit.AuditFixture.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.audit.Verification.Intact;
import dev.secretproviders.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.JsonNodeFactory;

/** Events that are recorded soon never block their caller, and lost events are counted. */
@Timeout(60)
class AuditQueueTest extends WithAuditLog {
    private static final Duration SOON = Duration.ofSeconds(20);

    private FaultyStore store;

    @BeforeEach
    void prepare() throws Exception {
        store = new FaultyStore(fixture.store);
    }

    @AfterEach
    void end() {
        store.before = FaultyStore.NONE;
    }

    @Test
    void eventsAreRecordedSoonAndInOrder() throws Exception {
        for (int i = 1; i <= 200; i++) {
            fixture.log.recordSoon(event("p" + i));
        }

        awaitRecords(200);
        assertThat(fixture.records().getFirst().object()).isEqualTo("p1");
        assertThat(fixture.records().getLast().object()).isEqualTo("p200");
        assertThat(fixture.log.verify()).isEqualTo(new Intact(200, 1, 200));
        assertThat(fixture.log.dropped()).isZero();
    }

    @Test
    void storeThatHangsBlocksNobodyAndWhatWasDroppedIsRecordedLater() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AuditLog log = logOf(3);
        store.before = () -> {
            hanging.countDown();
            awaitLatch(release);
        };
        log.recordSoon(event("first"));
        awaitLatch(hanging);

        for (int i = 1; i <= 10; i++) {
            log.recordSoon(event("p" + i));
        }
        assertThat(log.dropped()).as("three of ten wait").isEqualTo(7);
        release.countDown();

        awaitRecords(5);
        assertThat(fixture.records())
                .extracting(AuditRecord::object)
                .containsExactlyInAnyOrder("first", "p1", "p2", "p3", "audit");
        AuditRecord loss = fixture.records().stream()
                .filter(record -> record.code().equals("audit.loss"))
                .findFirst()
                .orElseThrow();
        assertThat(loss.text("message")).isEqualTo("7 events were not recorded, because too many waited for the store");
    }

    @Test
    void eventsWaitForAStoreThatFails() throws Exception {
        AtomicInteger failures = new AtomicInteger();
        AuditLog log = logOf(100);
        store.before = () -> {
            if (failures.incrementAndGet() <= 2) {
                throw new StoreException("the disk is full", null);
            }
        };

        log.recordSoon(event("p"));

        awaitRecords(1);
        assertThat(failures).hasValueGreaterThan(2);
        assertThat(log.dropped()).isZero();
    }

    @Test
    void transactionWithoutAnAnswerIsNotRepeated() throws Exception {
        AtomicInteger commits = new AtomicInteger();
        AuditLog log = logOf(100);
        store.after = () -> {
            if (commits.incrementAndGet() == 1) {
                throw new StoreException("no answer", null);
            }
        };

        log.recordSoon(event("once"));
        awaitRecords(1);
        log.recordSoon(event("next"));

        awaitRecords(2);
        assertThat(fixture.records()).extracting(AuditRecord::object).containsExactly("once", "next");
        assertThat(fixture.log.verify()).isEqualTo(new Intact(2, 1, 2));
    }

    @Test
    void eventThatHadToWaitForLongSaysSo() throws Exception {
        AuditLog log = logOf(100);
        CountDownLatch failed = new CountDownLatch(1);
        store.before = () -> {
            failed.countDown();
            FaultyStore.FAILURE.strike();
        };
        log.recordSoon(event("p"));
        awaitLatch(failed);
        fixture.at(fixture.now().plus(Duration.ofMinutes(31)));
        store.before = FaultyStore.NONE;

        awaitRecords(1);
        AuditRecord record = fixture.records().getFirst();
        assertThat(record.time()).isEqualTo(fixture.now());
        assertThat(record.text("message"))
                .isEqualTo("happened at 2026-03-01T12:00:00Z and could not be recorded before");
    }

    @Test
    void closingWritesWhatWaits() throws Exception {
        AuditLog log = logOf(100);
        for (int i = 0; i < 20; i++) {
            log.recordSoon(event("p" + i));
        }
        log.close();

        assertThat(fixture.records()).hasSize(20);
        log.recordSoon(event("too late"));
        assertThat(log.dropped()).isEqualTo(1);
    }

    @Test
    void closingDoesNotWaitForAStoreThatHangs() {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch hanging = new CountDownLatch(1);
        AuditLog log = logOf(100);
        store.before = () -> {
            hanging.countDown();
            awaitLatch(release);
        };
        List.of("in the store", "waits", "waits too").forEach(object -> {
            log.recordSoon(AuditEvent.done(EventCode.LOGIN, Actor.RUNNER, object)
                    .changing(null, JsonNodeFactory.instance.objectNode()));
        });
        awaitLatch(hanging);

        long start = System.nanoTime();
        log.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        assertThat(log.dropped()).isEqualTo(2);
        release.countDown();
    }

    private AuditLog logOf(int capacity) {
        return fixture.open(store, Duration.ZERO, AuditCopies.none(), capacity);
    }

    private void awaitRecords(int count) {
        await().atMost(SOON).until(() -> fixture.records().size() >= count);
        await().atMost(SOON).until(() -> fixture.records().size() == count);
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
