package dev.secretproviders.audit;

import static dev.secretproviders.audit.AuditFixture.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Deliveries of the log to a target that must get every record. */
@Timeout(60)
class AuditDeliveryTest extends WithAuditLog {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String PLACE = "delivery/audit/list";

    /** What happens during each write. */
    private interface Meanwhile {
        void happens() throws StoreException;
    }

    /** Keeps what it gets, or refuses it. */
    private static final class ListTarget implements CopyTarget {
        private final List<Long> got = new CopyOnWriteArrayList<>();
        private volatile boolean refusing;
        private volatile boolean closed;
        private volatile long refused;
        private volatile Meanwhile meanwhile = () -> {};

        @Override
        public String kind() {
            return "list";
        }

        @Override
        public String name() {
            return "list of a test";
        }

        @Override
        public int mostAtOnce() {
            return 7;
        }

        @Override
        public void write(List<AuditRecord> records) throws IOException {
            if (refusing || closed) {
                throw new IOException("refused by the test");
            }
            try {
                meanwhile.happens();
            } catch (StoreException e) {
                throw new IOException(e);
            }
            records.forEach(record -> got.add(record.id()));
        }

        @Override
        public long takeRefused() {
            long taken = refused;
            refused = 0;
            return taken;
        }

        @Override
        public void close() {
            closed = true;
        }

        private void awaitRecords(int upTo) {
            await().atMost(SOON).untilAsserted(() -> assertThat(got).contains((long) upTo));
            assertThat(got).containsExactlyElementsOf(numbers(1, upTo));
        }
    }

    private static List<Long> numbers(int first, int last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    private ListTarget delivered(AuditLog log, boolean alone) {
        ListTarget target = new ListTarget();
        log.deliver(target, alone);
        return target;
    }

    private static CopyStatus status(AuditLog log) {
        return log.copies().statuses().getFirst();
    }

    @Test
    void everyRecordArrivesInOrderAlsoThoseFromBefore() throws Exception {
        fixture.record(120);
        ListTarget target = delivered(fixture.log, true);
        target.awaitRecords(120);

        fixture.record(3);

        target.awaitRecords(123);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(status(fixture.log)).isEqualTo(new CopyStatus("list", 0, 0, 0)));
    }

    @Test
    void recordThatTheTargetRefusedForGoodIsLostAndNotSentAgain() throws Exception {
        ListTarget target = new ListTarget();
        target.meanwhile = () -> target.refused = 2;
        fixture.record(7);
        fixture.log.deliver(target, true);
        target.awaitRecords(7);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(status(fixture.log)).isEqualTo(new CopyStatus("list", 0, 2, 0)));
        target.meanwhile = () -> {};

        fixture.record(1);

        target.awaitRecords(8);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(status(fixture.log)).isEqualTo(new CopyStatus("list", 0, 2, 0)));
    }

    @Test
    void deliveryGoesOnWhereItEndedBeforeARestart() throws Exception {
        AuditLog before = fixture.another();
        ListTarget first = delivered(before, true);
        fixture.record(5);
        before.record(event("p6"));
        first.awaitRecords(6);
        before.close();
        fixture.record(4);

        ListTarget second = delivered(fixture.another(), true);

        await().atMost(SOON).untilAsserted(() -> assertThat(second.got).containsExactlyElementsOf(numbers(7, 10)));
    }

    @Test
    void targetThatRefusesBlocksNothingAndGetsEverythingLater() throws Exception {
        ListTarget target = new ListTarget();
        target.refusing = true;
        fixture.log.deliver(target, true);
        fixture.record(30);

        assertThat(fixture.records()).hasSize(30);
        await().atMost(SOON).until(() -> status(fixture.log).failures() > 1);
        assertThat(status(fixture.log).waiting()).isEqualTo(30);
        target.refusing = false;

        target.awaitRecords(30);
        assertThat(status(fixture.log).lost()).isZero();
    }

    @Test
    void closedLogLeavesTheRestForTheNextStart() throws Exception {
        AuditLog log = fixture.another();
        ListTarget target = new ListTarget();
        target.refusing = true;
        log.deliver(target, true);
        log.record(event("p1"));
        long start = System.nanoTime();
        log.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        delivered(fixture.another(), true).awaitRecords(1);
    }

    @Test
    void oneOfSeveralRunnersDeliversTheRecordsOfAll() throws Exception {
        AuditLog one = fixture.another();
        AuditLog other = fixture.another();
        one.record(event("p1"));
        ListTarget first = delivered(one, false);
        first.awaitRecords(1);
        ListTarget second = delivered(other, false);
        for (int i = 2; i <= 40; i += 2) {
            one.record(event("p" + i));
            other.record(event("p" + (i + 1)));
        }

        first.awaitRecords(41);
        assertThat(second.got).isEmpty();
    }

    @Test
    void anotherRunnerTakesOverFromOneThatIsGone() throws Exception {
        AuditLog gone = fixture.another();
        AuditLog other = fixture.another();
        gone.record(event("p1"));
        delivered(gone, false).awaitRecords(1);
        gone.close();
        ListTarget second = delivered(other, false);
        other.record(event("p2"));

        fixture.at(fixture.now().plus(Duration.ofMinutes(2)));
        other.record(event("p3"));

        await().atMost(SOON).untilAsserted(() -> assertThat(second.got).containsExactly(2L, 3L));
    }

    private DeliveryPlace placeOfAnotherRunner() throws StoreException {
        DeliveryPlace place = new DeliveryPlace(fixture.store, "list", fixture::now, false);
        place.read();
        return place;
    }

    @Test
    void slowTargetDoesNotCostARunnerItsTurn() throws Exception {
        fixture.record(40);
        List<Boolean> taken = new CopyOnWriteArrayList<>();
        ListTarget target = new ListTarget();
        target.meanwhile = () -> {
            fixture.at(fixture.now().plus(Duration.ofSeconds(29)));
            taken.add(placeOfAnotherRunner().isOurs());
        };
        fixture.log.deliver(target, false);

        target.awaitRecords(40);
        assertThat(taken).hasSize(6).containsOnly(false);
    }

    @Test
    void runnerThatLostItsTurnStopsAtOnce() throws Exception {
        fixture.record(40);
        ListTarget target = new ListTarget();
        target.meanwhile = () -> {
            fixture.at(fixture.now().plus(Duration.ofMinutes(2)));
            assertThat(placeOfAnotherRunner().hold(0)).isTrue();
        };
        fixture.log.deliver(target, false);

        await().atMost(SOON)
                .until(() -> !target.got.isEmpty() && status(fixture.log).waiting() == 0);
        assertThat(target.got).containsExactlyElementsOf(numbers(1, 7));
    }

    /** One page of the log would otherwise hold nothing, which looks like its end. */
    @Test
    void keysThatTheLogNeverWroteHideNoRecord() throws Exception {
        fixture.record(2);
        for (int i = 0; i < 60; i++) {
            fixture.put(AuditRecord.key(2) + "-%02d".formatted(i), new byte[] {1});
            fixture.put(AuditRecord.PREFIX + "-%02d".formatted(i), new byte[] {1});
        }
        fixture.record(3);

        delivered(fixture.log, true).awaitRecords(5);
    }

    /** An attacker who can write the store gains nothing by it. */
    @Test
    void placeThatWasRemovedOrChangedMeansTheBeginning() throws Exception {
        for (byte[] changed : new ArrayList<>(List.of(new byte[0], new byte[] {'{', 1}))) {
            AuditLog log = fixture.another();
            log.record(event("p"));
            int last = fixture.records().size();
            ListTarget before = delivered(log, true);
            await().atMost(SOON).until(() -> before.got.contains((long) last));
            log.close();
            if (changed.length == 0) {
                fixture.remove(PLACE);
            } else {
                fixture.put(PLACE, changed);
            }

            AuditLog next = fixture.another();
            delivered(next, true).awaitRecords(last);
            next.close();
        }
    }

    @Test
    void recordsThatWereRetiredBeforeTheyWereDeliveredAreCounted() throws Exception {
        AuditLog log = fixture.retaining(Duration.ofDays(1));
        log.record(event("p1"));
        ListTarget target = delivered(log, true);
        target.awaitRecords(1);
        target.refusing = true;
        log.record(event("p2"));
        log.record(event("p3"));
        await().atMost(SOON).until(() -> status(log).failures() > 0);

        fixture.at(fixture.now().plus(Duration.ofDays(3)));
        assertThat(log.retire()).isPositive();
        target.refusing = false;
        log.record(event("p5"));

        await().atMost(SOON).until(() -> target.got.contains(5L));
        assertThat(status(log).lost()).isEqualTo(2);
    }
}
