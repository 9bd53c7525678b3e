package dev.secretproviders.audit;

import static dev.secretproviders.audit.AuditFixture.START;
import static dev.secretproviders.audit.AuditFixture.event;
import static dev.secretproviders.audit.AuditFixture.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.audit.Verification.Broken;
import dev.secretproviders.audit.Verification.Defect;
import dev.secretproviders.audit.Verification.Intact;
import dev.secretproviders.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Old records are removed, and the remaining ones can still be verified. */
class AuditRetentionTest extends WithAuditLog {
    private static final Duration RETENTION = Duration.ofDays(180);

    private AuditLog log;

    @BeforeEach
    void prepare() throws Exception {
        log = fixture.retaining(RETENTION);
    }

    @Test
    void onlyOldRecordsGoAndTheRestIsIntact() throws Exception {
        fixture.record(3);
        days(100);
        fixture.record(2);
        days(181);

        assertThat(log.retire()).isEqualTo(3);

        assertThat(log.verify()).isEqualTo(new Intact(3, 4, 6));
        assertThat(fixture.records())
                .extracting(AuditRecord::code)
                .containsExactly("provider.create", "provider.create", "audit.retire");
        assertThat(fixture.records().getLast().text("message"))
                .isEqualTo("records 1 to 3 were removed, being older than 180 days");
    }

    @Test
    void recordAsOldAsTheRetentionStays() throws Exception {
        fixture.record(1);
        days(180);

        assertThat(log.retire()).isZero();
        assertThat(log.verify()).isEqualTo(new Intact(1, 1, 1));
    }

    @Test
    void manyGoInSeveralTransactions() throws Exception {
        fixture.record(250);
        days(181);

        assertThat(log.retire()).isEqualTo(250);
        assertThat(log.verify()).isEqualTo(new Intact(3, 251, 253));
        assertThat(log.retire()).isZero();
    }

    @Test
    void twoRunnersRetireEachRecordOnce() throws Exception {
        fixture.record(150);
        days(181);
        AuditLog other = fixture.retaining(RETENTION);

        int removed = 0;
        List<Callable<Integer>> both = List.of(log::retire, other::retire);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            for (Future<Integer> each : threads.invokeAll(both)) {
                removed += each.get();
            }
        }

        assertThat(removed).isEqualTo(150);
        assertThat(log.verify()).isInstanceOf(Intact.class);
    }

    @Test
    void withoutRetentionNothingGoes() throws Exception {
        fixture.record(2);
        days(3_000);

        assertThat(fixture.log.retire()).isZero();
        assertThat(log.verify()).isEqualTo(new Intact(2, 1, 2));
    }

    @Test
    void recordRemovedByHandAfterwardsIsFound() throws Exception {
        retireThreeOfFive();
        fixture.remove(4);

        assertThat(defects()).containsExactly(new Defect(4, "this record was removed"));
    }

    @Test
    void retiredRecordPutBackIsFound() throws Exception {
        fixture.record(1);
        byte[] first = fixture.storedRecord(1);
        days(181);
        assertThat(log.retire()).isEqualTo(1);
        fixture.put(1L, first);

        assertThat(defects()).containsExactly(new Defect(1, "this record was inserted: the log begins with record 2"));
    }

    @Test
    void anchorRemovedIsFound() throws Exception {
        retireThreeOfFive();
        fixture.remove(ChainAnchor.KEY);

        assertThat(defects()).containsExactly(new Defect(1, "records 1 to 3 were removed"));
    }

    @Test
    void damagedRecordGoesWithLaterOnesAndIsSaid() throws Exception {
        fixture.record(3);
        fixture.put(2L, utf8("{}"));
        days(181);

        assertThat(log.retire()).isEqualTo(3);

        assertThat(log.verify()).isEqualTo(new Intact(1, 4, 4));
        assertThat(fixture.records().getLast().text("message")).endsWith("; 1 of them were damaged or missing");
    }

    @Test
    void damagedLastRecordStays() throws Exception {
        fixture.record(2);
        fixture.put(2L, utf8("{}"));
        days(181);

        assertThat(log.retire()).isEqualTo(1);
        assertThat(defects()).extracting(Defect::sequence).containsExactly(2L);
    }

    @Test
    void aWholeBatchOfDamagedRecordsIsSaid() throws Exception {
        fixture.record(101);
        for (long id = 1; id <= 100; id++) {
            fixture.put(id, utf8("{}"));
        }
        days(181);

        assertThatThrownBy(log::retire).isInstanceOf(StoreException.class).hasMessageContaining("are damaged");
        assertThat(fixture.store.get(AuditRecord.key(1))).isNotNull();
    }

    @Test
    void nothingGoesUnderADamagedAnchor() throws Exception {
        fixture.record(2);
        days(181);
        fixture.put(ChainAnchor.KEY, utf8("{}"));

        assertThatThrownBy(log::retire).isInstanceOf(StoreException.class).hasMessageContaining("audit/anchor");
        assertThat(fixture.store.get(AuditRecord.key(1))).isNotNull();
    }

    private void retireThreeOfFive() throws StoreException {
        fixture.record(3);
        days(100);
        fixture.record(2);
        days(181);
        assertThat(log.retire()).isEqualTo(3);
        log.record(event("later"));
    }

    private List<Defect> defects() throws StoreException {
        Verification verification = log.verify();
        assertThat(verification).isInstanceOf(Broken.class);
        return ((Broken) verification).defects();
    }

    private void days(int days) {
        fixture.at(START.plus(Duration.ofDays(days)));
    }
}
