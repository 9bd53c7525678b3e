package dev.secretproviders.audit;

import static dev.secretproviders.audit.AuditFixture.JANE;
import static dev.secretproviders.audit.AuditFixture.START;
import static dev.secretproviders.audit.AuditFixture.event;
import static dev.secretproviders.audit.AuditFixture.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Records are found by time, actor, object, action and success, newest first, page by page. */
class AuditQueryTest extends WithAuditLog {
    private static final AuditQuery ALL = AuditQuery.all();

    @Test
    void newestComeFirst() throws Exception {
        fixture.record(3);

        assertThat(found(ALL)).containsExactly("p3", "p2", "p1");
    }

    @Test
    void emptyLogHasAnEmptyPage() throws Exception {
        AuditLog.Page page = fixture.log.query(ALL.between(START, START.plusSeconds(1)));

        assertThat(page.records()).isEmpty();
        assertThat(page.next()).isNull();
    }

    @Test
    void fromIsInclusiveAndToIsNot() throws Exception {
        anHourEach(30);

        assertThat(found(ALL.between(hour(10), hour(13)))).containsExactly("p12", "p11", "p10");
        assertThat(found(ALL.between(hour(28), null))).containsExactly("p29", "p28");
        assertThat(found(ALL.between(null, hour(2)))).containsExactly("p1", "p0");
        assertThat(found(ALL.between(hour(40), null))).isEmpty();
        assertThat(found(ALL.between(null, hour(-40)))).isEmpty();
    }

    @Test
    void everySpanOfHoursIsFoundExactly() throws Exception {
        anHourEach(20);

        for (int from = 0; from < 20; from++) {
            for (int to = from; to <= 20; to++) {
                List<String> expected = IntStream.range(from, to)
                        .mapToObj(i -> "p" + i)
                        .toList()
                        .reversed();
                assertThat(found(ALL.between(hour(from), hour(to))))
                        .as("%d to %d", from, to)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void clocksOfRunnersMayDifferByMinutes() throws Exception {
        anHourEach(5);
        fixture.at(hour(4).minus(Duration.ofMinutes(20)));
        fixture.log.record(event("behind"));

        assertThat(found(ALL.between(hour(3), hour(4)))).containsExactly("behind", "p3");
        assertThat(found(ALL.between(hour(4), null))).containsExactly("p4");
    }

    @Test
    void actorIsTheIdOrTheNameOfAToken() throws Exception {
        fixture.log.record(event("by jane"));
        fixture.log.record(AuditEvent.done(EventCode.REFRESH, new Actor("t2", "joe", "api", null), "by joe"));
        fixture.log.record(AuditEvent.done(EventCode.RUNNER_START, Actor.RUNNER, "by the runner"));

        assertThat(found(ALL.by("t1"))).containsExactly("by jane");
        assertThat(found(ALL.by("joe"))).containsExactly("by joe");
        assertThat(found(ALL.by("runner"))).containsExactly("by the runner");
        assertThat(found(ALL.by("jan"))).isEmpty();
    }

    @Test
    void objectIsWholeUnlessAStarEndsIt() throws Exception {
        fixture.log.record(event("provider/vault/prod"));
        fixture.log.record(event("provider/vault/prod2"));
        fixture.log.record(event("provider/aws/main"));

        assertThat(found(ALL.about("provider/vault/prod"))).containsExactly("provider/vault/prod");
        assertThat(found(ALL.about("provider/vault/*"))).containsExactly("provider/vault/prod2", "provider/vault/prod");
        assertThat(found(ALL.about("*"))).hasSize(3);
        assertThat(found(ALL.about("provider/"))).isEmpty();
    }

    @Test
    void actionIsACodeOrTheBeginningOfSome() throws Exception {
        fixture.log.record(AuditEvent.done(EventCode.PROVIDER_UPDATE, JANE, "1"));
        fixture.log.record(AuditEvent.failed(EventCode.PROVIDER_UPDATE, JANE, "2", "no"));
        fixture.log.record(AuditEvent.done(EventCode.PROVIDER_UPDATE_FORCED, JANE, "3"));
        fixture.log.record(AuditEvent.done(EventCode.SECRET_UPDATE, JANE, "4"));

        assertThat(found(ALL.doing("provider.update"))).containsExactly("1");
        assertThat(found(ALL.doing("provider.update.failed"))).containsExactly("2");
        assertThat(found(ALL.doing("provider.update*"))).containsExactly("3", "2", "1");
        assertThat(found(ALL.doing("provider."))).containsExactly("3", "2", "1");
        assertThat(found(ALL.doing("provider"))).isEmpty();
    }

    @Test
    void successAndFailureAreToldApart() throws Exception {
        fixture.log.record(AuditEvent.done(EventCode.LOGIN, JANE, "good"));
        fixture.log.record(AuditEvent.failed(EventCode.LOGIN, JANE, "bad", "no"));

        assertThat(found(ALL.succeeding(true))).containsExactly("good");
        assertThat(found(ALL.succeeding(false))).containsExactly("bad");
        assertThat(found(ALL.succeeding(false).by("jane").doing("login."))).containsExactly("bad");
    }

    @Test
    void pagesShowEachRecordOnceWhileMoreAreWritten() throws Exception {
        fixture.record(10);

        List<String> shown = new ArrayList<>();
        String cursor = null;
        do {
            AuditLog.Page page = fixture.log.query(ALL.limitedTo(3).after(cursor));
            assertThat(page.records()).hasSizeLessThanOrEqualTo(3);
            page.records().forEach(record -> shown.add(record.object()));
            cursor = page.next();
            fixture.log.record(event("written meanwhile"));
        } while (cursor != null);

        assertThat(shown).containsExactly("p10", "p9", "p8", "p7", "p6", "p5", "p4", "p3", "p2", "p1");
    }

    @Test
    void pagesOfWhatMatchesSkipTheRest() throws Exception {
        for (int i = 0; i < 120; i++) {
            fixture.log.record(event(i % 40 == 0 ? "rare" + i : "other"));
        }

        AuditLog.Page first = fixture.log.query(ALL.about("rare*").limitedTo(2));
        AuditLog.Page second = fixture.log.query(ALL.about("rare*").limitedTo(2).after(first.next()));

        assertThat(first.records()).extracting(AuditRecord::object).containsExactly("rare80", "rare40");
        assertThat(second.records()).extracting(AuditRecord::object).containsExactly("rare0");
        assertThat(second.next()).isNull();
    }

    @Test
    void damagedRecordBelongsToEveryAnswerAndShowsNothingOfWhatStandsThere() throws Exception {
        fixture.record(3);
        fixture.put(2L, utf8("{\"id\":2,\"resource_id\":\"<script>\"}"));

        List<AuditRecord> records = fixture.log
                .query(ALL.about("p3").by("jane").succeeding(true).between(START, null))
                .records();

        assertThat(records).extracting(AuditRecord::id).containsExactly(3L, 2L);
        assertThat(records.getLast())
                .hasToString("{\"id\":2,\"damaged\":true,\"error_message\":"
                        + "\"this record was changed by something other than the runner\"}");
    }

    @Test
    void keysThatTheLogNeverWroteHideNothing() throws Exception {
        fixture.record(2);
        for (int i = 0; i < 120; i++) {
            fixture.put(AuditRecord.key(1) + "-%03d".formatted(i), utf8("{}"));
        }
        fixture.put("audit/record/00999999999999999999", utf8("{}"));

        AuditLog.Page newest = fixture.log.query(ALL.limitedTo(1));

        assertThat(newest.records()).extracting(AuditRecord::id).containsExactly(999_999_999_999_999_999L);
        assertThat(found(ALL.limitedTo(5).after(newest.next()))).containsExactly("p2", "p1");
        assertThat(found(ALL.between(START, START.plusSeconds(1)).after(newest.next())))
                .containsExactly("p2", "p1");
    }

    @Test
    void impossibleQueriesAreRefusedWithTheParameter() {
        assertRefused("limit: ", () -> ALL.limitedTo(0));
        assertRefused("limit: ", () -> ALL.limitedTo(1_001));
        for (String cursor : List.of("", "0", "-1", "1x", "9".repeat(19), "\u0661")) {
            assertRefused("cursor: ", () -> ALL.after(cursor));
        }
        assertRefused("from: ", () -> ALL.between(Instant.MIN, null));
        assertRefused("to: ", () -> ALL.between(null, Instant.MAX));
    }

    @Test
    void widestSpanIsNoProblem() throws Exception {
        fixture.record(1);

        assertThat(found(ALL.between(Instant.parse("0000-01-01T00:00:00Z"), Instant.parse("9999-12-31T23:59:59Z"))))
                .containsExactly("p1");
    }

    private static void assertRefused(String parameter, Runnable query) {
        assertThatThrownBy(query::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(parameter);
    }

    private void anHourEach(int records) throws StoreException {
        for (int i = 0; i < records; i++) {
            fixture.at(hour(i));
            fixture.log.record(event("p" + i));
        }
    }

    private static Instant hour(int hours) {
        return START.plus(Duration.ofHours(hours));
    }

    private List<String> found(AuditQuery query) throws StoreException {
        List<String> objects = new ArrayList<>();
        fixture.log.query(query).records().forEach(record -> objects.add(record.object()));
        return objects;
    }
}
