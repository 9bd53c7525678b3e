package dev.secretproviders.audit;

import static dev.secretproviders.audit.AuditFixture.JANE;
import static dev.secretproviders.audit.AuditFixture.event;
import static dev.secretproviders.audit.AuditFixture.text;
import static dev.secretproviders.audit.AuditFixture.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.audit.Verification.Intact;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.CommitResult.Committed;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Transaction;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** A change and its record are one transaction. */
class AuditLogTest extends WithAuditLog {
    private static final Transaction CHANGE = Transaction.EMPTY.put("provider/vault/prod", utf8("new"));

    @Test
    void changeAndRecordHaveOneRevision() throws Exception {
        CommitResult result = fixture.log.commit(CHANGE, event("provider/vault/prod"));

        assertThat(result).isInstanceOf(Committed.class);
        long revision = ((Committed) result).revision();
        assertThat(Objects.requireNonNull(fixture.store.get("provider/vault/prod"))
                        .revision())
                .isEqualTo(revision);
        assertThat(Objects.requireNonNull(fixture.store.get(AuditRecord.key(1))).revision())
                .isEqualTo(revision);
        assertThat(Objects.requireNonNull(fixture.store.get(ChainHead.KEY)).revision())
                .isEqualTo(revision);
    }

    @Test
    void recordSaysWhoWhatWhenWhereAndHowItEnded() throws Exception {
        JsonMapper json = JsonMapper.shared();
        fixture.log.record(AuditEvent.failed(EventCode.PROVIDER_UPDATE, JANE, "provider/vault/prod", "in use")
                .in("r1")
                .changing(json.readTree("{\"uri\":\"http://a\"}"), json.readTree("{\"uri\":\"http://b\"}")));

        String record = text(fixture.storedRecord(1));

        assertThat(record)
                .startsWith("{\"id\":1,\"event_time\":\"2026-03-01T12:00:00.000Z\","
                        + "\"event_type\":\"provider.update.failed\",\"success\":false,\"operator_id\":\"t1\","
                        + "\"operator\":{\"id\":\"t1\",\"name\":\"jane\"},\"source\":\"api\",\"ip_address\":\"192.0.2.7\","
                        + "\"resource_id\":\"provider/vault/prod\",\"request_id\":\"r1\","
                        + "\"before\":{\"uri\":\"http://a\"},\"after\":{\"uri\":\"http://b\"},"
                        + "\"error_message\":\"in use\",\"prev\":\"" + "0".repeat(64) + "\",\"hmac\":\"");
    }

    @Test
    void eachRecordNamesTheOneBeforeIt() throws Exception {
        fixture.record(3);

        var records = fixture.records();

        assertThat(records).extracting(AuditRecord::id).containsExactly(1L, 2L, 3L);
        assertThat(records.get(1).previous()).isEqualTo(records.get(0).hmac());
        assertThat(records.get(2).previous()).isEqualTo(records.get(1).hmac());
    }

    @Test
    void conflictOfTheCallersConditionChangesAndRecordsNothing() throws Exception {
        fixture.put("provider/vault/prod", utf8("old"));

        CommitResult result = fixture.log.commit(CHANGE.expecting("provider/vault/prod", 0), event("p"));

        assertThat(result).isEqualTo(new CommitResult.Conflict(Set.of("provider/vault/prod")));
        assertThat(text(fixture.stored("provider/vault/prod"))).isEqualTo("old");
        assertThat(fixture.records()).isEmpty();
    }

    @Test
    void conflictIsOfTheCallersKeysOnlyWhenTheHeadMovedToo() throws Exception {
        fixture.record(1);
        fixture.another().record(event("by another runner"));
        fixture.put("provider/vault/prod", utf8("old"));

        CommitResult result = fixture.log.commit(CHANGE.expecting("provider/vault/prod", 0), event("p"));

        assertThat(result).isEqualTo(new CommitResult.Conflict(Set.of("provider/vault/prod")));
        fixture.log.record(event("goes on"));
        assertThat(fixture.log.verify()).isEqualTo(new Intact(3, 1, 3));
    }

    @Test
    void changeIsRefusedWhenTheHeadWasChanged() throws Exception {
        fixture.record(2);
        fixture.put(ChainHead.KEY, utf8("{\"sequence\":7}"));

        AuditLog restarted = fixture.another();

        assertThatThrownBy(() -> restarted.commit(CHANGE, event("p")))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("audit/head is missing or was changed")
                .hasMessageContaining("audit verify");
        assertThat(fixture.store.get("provider/vault/prod")).isNull();
    }

    @Test
    void changeIsRefusedWhenTheHeadWasRemoved() throws Exception {
        fixture.record(2);
        fixture.remove(ChainHead.KEY);

        AuditLog restarted = fixture.another();

        assertThatThrownBy(() -> restarted.commit(CHANGE, event("p"))).isInstanceOf(StoreException.class);
        assertThat(fixture.store.get("provider/vault/prod")).isNull();
    }

    @Test
    void changeIsRefusedWhenTheLogWentBackWhileTheRunnerWasRunning() throws Exception {
        fixture.record(1);
        byte[] older = fixture.stored(ChainHead.KEY);
        fixture.record(2);
        fixture.put(ChainHead.KEY, older);

        assertThatThrownBy(() -> fixture.log.commit(CHANGE, event("p")))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("went back from record 3 to 1");
        assertThat(fixture.store.get("provider/vault/prod")).isNull();
    }

    @Test
    void changeIsRefusedWhenTheStoreCannotBeWritten() {
        FaultyStore full = new FaultyStore(fixture.store);
        full.before = FaultyStore.FAILURE;
        AuditLog log = fixture.open(full, Duration.ZERO, AuditCopies.none(), 10);

        assertThatThrownBy(() -> log.commit(CHANGE, event("p"))).hasMessage("the disk is full");
    }

    @Test
    void chainGoesOnAfterATransactionWithoutAnAnswer() throws Exception {
        FaultyStore store = new FaultyStore(fixture.store);
        AuditLog log = fixture.open(store, Duration.ZERO, AuditCopies.none(), 10);
        store.after = FaultyStore.FAILURE;
        assertThatThrownBy(() -> log.commit(CHANGE, event("made without an answer")))
                .isInstanceOf(StoreException.class);
        store.after = FaultyStore.NONE;

        log.record(event("next"));

        assertThat(log.verify()).isEqualTo(new Intact(2, 1, 2));
        assertThat(fixture.records()).extracting(AuditRecord::object).containsExactly("made without an answer", "next");
    }

    @Test
    void nobodyElseWritesTheLogsOwnKeys() {
        assertThatThrownBy(() -> fixture.log.commit(Transaction.EMPTY.put(AuditRecord.key(1), utf8("x")), event("p")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fixture.log.commit(Transaction.EMPTY.delete(ChainHead.KEY), event("p")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void textsFromOutsideStandOnOneLineAndAreCut() throws Exception {
        fixture.log.record(AuditEvent.failed(
                EventCode.LOGIN,
                new Actor(null, "eve\n{\"id\":2}", "api", "\u202e1.2.3.4"),
                "x".repeat(5_000),
                "half \ud800 of a character"));

        AuditRecord record = fixture.records().getFirst();

        assertThat(record.operator("name")).isEqualTo("eve\\u000a{\"id\":2}");
        assertThat(record.text("ip_address")).isEqualTo("\\u202e1.2.3.4");
        assertThat(record.object()).hasSize(1_000);
        assertThat(record.text("error_message")).isEqualTo("half \\ud800 of a character");
        assertThat(text(record.bytes())).doesNotContain("\n");
    }
}
