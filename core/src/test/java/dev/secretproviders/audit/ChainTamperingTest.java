package dev.secretproviders.audit;

import static dev.secretproviders.audit.AuditFixture.event;
import static dev.secretproviders.audit.AuditFixture.text;
import static dev.secretproviders.audit.AuditFixture.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.audit.Verification.Broken;
import dev.secretproviders.audit.Verification.Defect;
import dev.secretproviders.audit.Verification.Intact;
import dev.secretproviders.audit.text.SignedText;
import dev.secretproviders.store.StoreException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes by an attacker who can write the store but does not know the key are found, with their places. */
class ChainTamperingTest extends WithAuditLog {
    private static final String CHANGED = "this record was changed by something other than the runner";
    private static final String REMOVED = "this record was removed";

    @BeforeEach
    void fiveRecords() throws Exception {
        fixture.record(5);
        assertThat(fixture.log.verify()).isEqualTo(new Intact(5, 1, 5));
    }

    @Test
    void emptyLogIsIntact() throws Exception {
        try (AuditFixture empty = new AuditFixture(temp.resolve("empty"))) {
            assertThat(empty.log.verify()).isEqualTo(new Intact(0, 1, 0));
        }
    }

    @Test
    void changedRecord() throws Exception {
        fixture.put(3, utf8(text(fixture.storedRecord(3)).replace("jane", "june")));

        assertThat(defects()).containsExactly(new Defect(3, CHANGED));
    }

    @Test
    void blankMoreInARecord() throws Exception {
        fixture.put(3, utf8(text(fixture.storedRecord(3)).replaceFirst(",", ", ")));

        assertThat(defects()).containsExactly(new Defect(3, CHANGED));
    }

    @Test
    void anyByteOfARecord() throws Exception {
        byte[] record = fixture.storedRecord(2);
        for (int i = 0; i < record.length; i++) {
            byte[] other = record.clone();
            other[i] ^= 0x20;
            assertThat(AuditRecord.read(fixture.key, 2, other).damaged())
                    .as("byte %d", i)
                    .isTrue();
            assertThat(link(2, other).problem()).as("byte %d", i).isEqualTo(CHANGED);
        }
    }

    /**
     * A walk reads only a part of each record. Its result equals that of a query, whatever the layout of the record.
     */
    @Test
    void walkTakesFromARecordWhatAQueryReads() throws Exception {
        byte[] stored = fixture.storedRecord(2);
        AuditRecord read = AuditRecord.read(fixture.key, 2, stored);
        ChainLink expected = new ChainLink(AuditRecord.key(2), 2, null, read.previous(), read.hmac());
        assertThat(read.previous()).hasSize(64);
        assertThat(link(2, stored)).isEqualTo(expected);
        assertThat(link(3, stored).problem()).isEqualTo("record 2 was put in the place of this one");

        String zeros = "0".repeat(64);
        for (String other : List.of(
                "{'prev':'PREV','id':2}",
                "{'id':2,'prev':'PREV','message':'x'}",
                "{'id':2,'prev':'PREV','message':',\\'prev\\':\\'ZEROS'}",
                "{'id':2,'prev':'PREV','after':{'x':1,'prev':'ZEROS'}}",
                "{ 'id':2,'prev':'PREV'}")) {
            String json =
                    other.replace('\'', '"').replace("PREV", read.previous()).replace("ZEROS", zeros);
            SignedText text = SignedText.sign(fixture.key, SignedText.Kind.RECORD, utf8(json));
            assertThat(link(2, text.bytes()))
                    .as(other)
                    .isEqualTo(new ChainLink(AuditRecord.key(2), 2, null, read.previous(), text.hmac()));
        }
    }

    private ChainLink link(long id, byte[] bytes) {
        return ChainLink.read(fixture.key.series(), AuditRecord.key(id), bytes);
    }

    @Test
    void severalChangedRecordsAreNamedInOrder() throws Exception {
        fixture.put(4, utf8("{}"));
        fixture.put(2L, utf8(""));

        assertThat(defects()).containsExactly(new Defect(2, CHANGED), new Defect(4, CHANGED));
    }

    @Test
    void recordRemovedFromTheMiddle() throws Exception {
        fixture.remove(3);

        assertThat(defects()).containsExactly(new Defect(3, REMOVED));
    }

    @Test
    void firstRecordRemoved() throws Exception {
        fixture.remove(1);

        assertThat(defects()).containsExactly(new Defect(1, REMOVED));
    }

    @Test
    void lastRecordRemoved() throws Exception {
        fixture.remove(5);

        assertThat(defects()).containsExactly(new Defect(5, REMOVED));
    }

    @Test
    void tailCutOff() throws Exception {
        fixture.remove(4);
        fixture.remove(5);

        assertThat(defects()).containsExactly(new Defect(4, "records 4 to 5 were removed"));
    }

    @Test
    void allRecordsRemoved() throws Exception {
        for (int id = 1; id <= 5; id++) {
            fixture.remove(id);
        }

        assertThat(defects()).containsExactly(new Defect(1, "records 1 to 5 were removed"));
    }

    @Test
    void tailCutOffWithTheHeadOfBeforeWhileARunnerIsRunning() throws Exception {
        byte[] older = fixture.stored(ChainHead.KEY);
        fixture.record(2);
        fixture.remove(6);
        fixture.remove(7);
        fixture.put(ChainHead.KEY, older);

        assertThat(defects())
                .containsExactly(new Defect(7, "audit/head went back from record 7 to 5 while the runner was running"));
    }

    @Test
    void everythingRemovedWhileARunnerIsRunning() throws Exception {
        removeEverything();

        assertThat(defects())
                .contains(new Defect(5, "audit/head went back from record 5 to 0 while the runner was running"));
    }

    /** A limit that docs/how-to/audit.md describes: the remaining entries show no trace of the removed ones. */
    @Test
    void everythingRemovedIsNotFoundAfterARestart() throws Exception {
        removeEverything();

        AuditLog restarted = fixture.another();
        restarted.record(event("first of a new log"));

        assertThat(restarted.verify()).isEqualTo(new Intact(1, 1, 1));
    }

    /** The same limit as in {@link #everythingRemovedIsNotFoundAfterARestart}. */
    @Test
    void earlierStateOfTheWholeLogIsNotFoundAfterARestart() throws Exception {
        byte[] older = fixture.stored(ChainHead.KEY);
        fixture.record(2);
        fixture.remove(6);
        fixture.remove(7);
        fixture.put(ChainHead.KEY, older);

        assertThat(fixture.another().verify()).isEqualTo(new Intact(5, 1, 5));
    }

    private void removeEverything() throws StoreException {
        for (int id = 1; id <= 5; id++) {
            fixture.remove(id);
        }
        fixture.remove(ChainHead.KEY);
    }

    @Test
    void headOfBefore() throws Exception {
        byte[] older = fixture.stored(ChainHead.KEY);
        fixture.record(1);
        fixture.put(ChainHead.KEY, older);

        assertThat(defectsAfterARestart())
                .containsExactly(new Defect(6, "this record was inserted: the log ends with record 5"));
    }

    @Test
    void swappedRecords() throws Exception {
        byte[] second = fixture.storedRecord(2);
        fixture.put(2, fixture.storedRecord(3));
        fixture.put(3, second);

        assertThat(defects())
                .containsExactly(
                        new Defect(2, "record 3 was put in the place of this one"),
                        new Defect(3, "record 2 was put in the place of this one"));
    }

    @Test
    void recordInsertedAtTheEnd() throws Exception {
        fixture.put(6, fixture.storedRecord(5));

        assertThat(defects()).containsExactly(new Defect(6, "this record was inserted: the log ends with record 5"));
    }

    @Test
    void recordInsertedUnderAKeyThatTheLogNeverWrites() throws Exception {
        fixture.put(AuditRecord.key(3) + "a", fixture.storedRecord(3));
        fixture.put("audit/record/99999999999999999999", fixture.storedRecord(3));

        assertThat(defects())
                .containsExactly(
                        new Defect(0, "the log never wrote a key like this one: audit/record/00000000000000000003a"),
                        new Defect(0, "the log never wrote a key like this one: audit/record/99999999999999999999"));
    }

    @Test
    void genuineRecordOfAnotherHistoryOfTheSameLog() throws Exception {
        // The state after a restored backup was written to, and a record of the later state was put back.
        AuditRecord second = fixture.records().get(1);
        AuditRecord other = AuditRecord.of(fixture.key, 3, fixture.now(), event("something else"), second.hmac());
        fixture.put(3, other.bytes());

        assertThat(defects()).containsExactly(new Defect(4, "this record does not follow the one before it"));
    }

    @Test
    void genuineLastRecordOfAnotherHistory() throws Exception {
        AuditRecord fourth = fixture.records().get(3);
        AuditRecord other = AuditRecord.of(fixture.key, 5, fixture.now(), event("something else"), fourth.hmac());
        fixture.put(5, other.bytes());

        assertThat(defects()).containsExactly(new Defect(5, "this record is not the one that audit/head names"));
    }

    @Test
    void headRemoved() throws Exception {
        fixture.remove(ChainHead.KEY);

        assertThat(defectsAfterARestart()).containsExactly(new Defect(0, "audit/head was removed"));
    }

    @Test
    void headChanged() throws Exception {
        fixture.put(
                ChainHead.KEY, utf8(text(fixture.stored(ChainHead.KEY)).replace("\"sequence\":5", "\"sequence\":4")));

        assertThat(defectsAfterARestart())
                .containsExactly(new Defect(0, "audit/head was changed by something other than the runner"));
    }

    @Test
    void anchorOutOfThinAir() throws Exception {
        fixture.remove(1);
        fixture.put(ChainAnchor.KEY, utf8("{\"first\":2,\"removed\":\"" + "0".repeat(64) + "\"}"));

        assertThat(defects())
                .containsExactly(new Defect(0, "audit/anchor was changed by something other than the runner"));
    }

    @Test
    void recordIsNoHead() throws Exception {
        fixture.put(ChainHead.KEY, fixture.storedRecord(5));

        assertThat(defectsAfterARestart())
                .containsExactly(new Defect(0, "audit/head was changed by something other than the runner"));
    }

    @Test
    void anotherKeyProvesNothing() throws Exception {
        try (AuditFixture stranger = new AuditFixture(temp.resolve("stranger"))) {
            stranger.record(5);
            fixture.put(3, stranger.storedRecord(3));
        }

        assertThat(defects()).containsExactly(new Defect(3, CHANGED));
    }

    @Test
    void goneRecordAmongMoreThanAreReadAtOnce() throws Exception {
        int more = 1_100;
        for (int i = 0; i < more; i++) {
            fixture.log.recordSoon(event("soon"));
        }
        await().atMost(Duration.ofSeconds(30))
                .until(() -> fixture.log.verify().equals(new Intact(5 + more, 1, 5 + more)));

        fixture.remove(500);
        fixture.remove(501);
        fixture.remove(1_001);

        assertThat(defects())
                .containsExactly(new Defect(500, "records 500 to 501 were removed"), new Defect(1_001, REMOVED));
    }

    @Test
    void findingsEndAtAHundred() throws Exception {
        fixture.record(150);
        for (int id = 1; id <= 155; id++) {
            fixture.put(id, utf8("{}"));
        }

        assertThat(defects()).hasSize(Broken.MOST).last().isEqualTo(new Defect(100, CHANGED));
    }

    private List<Defect> defects() throws StoreException {
        return defects(fixture.log);
    }

    private List<Defect> defectsAfterARestart() throws StoreException {
        return defects(fixture.another());
    }

    private static List<Defect> defects(AuditLog log) throws StoreException {
        Verification verification = log.verify();
        assertThat(verification).isInstanceOf(Broken.class);
        return ((Broken) verification).defects();
    }
}
