package dev.secretproviders.accesslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.audit.FaultyStore;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.ResolverListener.FetchOutcome;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.protection.SealedStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The access log on an engine of the store. */
abstract class AccessLogContract {
    private static final ProviderId PROD = new ProviderId("vault", "prod");
    private static final Instant START = Instant.parse("2026-11-29T07:10:00Z");
    private static final int LIMIT = 100;

    private final Resolver resolver = Resolver.start(List.of(), new KeyDigester());
    private final CredentialDirectory directory = new CredentialDirectory(resolver, Runnable::run, List.of());
    private final List<AccessLog> logs = new ArrayList<>();
    private Instant now = START;
    private Store engine;
    private FaultyStore raw;
    private Store store;

    /** Opens an empty store. */
    abstract Store engine() throws Exception;

    @BeforeEach
    final void openStore() throws Exception {
        FipsModule.load();
        engine = engine();
        raw = new FaultyStore(engine);
        store = new SealedStore(raw, new Sealer(MasterKeyring.of(RandomSecrets.bytes(32))), Set.of("audit/", "meta/"));
    }

    @AfterEach
    final void closeStore() {
        logs.forEach(AccessLog::close);
        resolver.close();
        engine.close();
    }

    /** Starts a process. */
    private AccessLog log(String runner, int entriesPerHour) {
        AccessLog log = new AccessLog(
                store,
                resolver,
                directory,
                new AccessLogSettings(true, Duration.ofDays(90), Duration.ofMinutes(5), entriesPerHour),
                runner,
                () -> now);
        logs.add(log);
        return log;
    }

    private AccessLog log(String runner) {
        return log(runner, LIMIT);
    }

    private static void fetch(AccessLog log, String path, FetchOutcome outcome, @Nullable String version) {
        log.fetched(PROD, path, outcome, version);
    }

    private static List<String> read(AccessLog log, AccessFilter filter) throws StoreException {
        List<String> lines = new ArrayList<>();
        log.export(filter, entry -> lines.add(line(entry)));
        return lines;
    }

    private static List<String> read(AccessLog log) throws StoreException {
        return read(log, AccessFilter.all());
    }

    private static String line(AccessEntry entry) {
        Access what = entry.what();
        return entry.hour().toString().substring(11, 13) + " " + entry.runner() + " " + what.path() + " "
                + what.outcome() + (what.version() == null ? "" : " v" + what.version()) + " x" + entry.times();
    }

    private static AccessFilter filter(@Nullable String path, @Nullable String runner, @Nullable String outcome) {
        return new AccessFilter(null, null, null, path, null, runner, outcome, _ -> true);
    }

    @Test
    void fetchesAreCountedByHourSecretOutcomeAndVersion() throws Exception {
        AccessLog log = log("a");
        fetch(log, "jack", FetchOutcome.FOUND, "1");
        fetch(log, "jack", FetchOutcome.CHECKED, "1");
        fetch(log, "jack", FetchOutcome.CHECKED, "1");
        fetch(log, "anna", FetchOutcome.MISSING, null);
        now = START.plus(Duration.ofHours(1));
        fetch(log, "jack", FetchOutcome.FOUND, "2");

        List<String> expected = List.of(
                "08 a jack found v2 x1", "07 a anna missing x1", "07 a jack checked v1 x2", "07 a jack found v1 x1");
        assertThat(read(log)).as("before they are written").isEqualTo(expected);
        log.flush();
        assertThat(read(log)).isEqualTo(expected);
        assertThat(read(log("b"))).as("another runner").isEqualTo(expected);
    }

    @Test
    void countsOfTwoRunnersAndOfEachProcessOfOneAreKept() throws Exception {
        AccessLog first = log("a");
        AccessLog other = log("b");
        AccessLog sameName = log("a");
        for (AccessLog log : List.of(first, other, sameName)) {
            fetch(log, "jack", FetchOutcome.CHECKED, "1");
            log.flush();
        }
        AccessLog restarted = log("a");
        fetch(restarted, "jack", FetchOutcome.CHECKED, "1");
        restarted.flush();
        fetch(first, "jack", FetchOutcome.CHECKED, "1");
        first.flush();

        assertThat(read(other)).containsExactly("07 b jack checked v1 x1", "07 a jack checked v1 x4");
        assertThat(engine.list("").entries())
                .as("one entry for each hour and runner")
                .hasSize(2);
    }

    @Test
    void writeWithoutAnAnswerIsCountedOnce() throws Exception {
        AccessLog log = log("a");
        fetch(log, "jack", FetchOutcome.FOUND, "1");
        raw.after = FaultyStore.FAILURE;
        assertThatThrownBy(log::flush).isInstanceOf(StoreException.class);
        raw.after = FaultyStore.NONE;
        fetch(log, "jack", FetchOutcome.FOUND, "1");
        log.flush();

        assertThat(read(log("b"))).containsExactly("07 a jack found v1 x2");
    }

    @Test
    void countsWaitWhileTheStoreCannotBeWritten() throws Exception {
        AccessLog log = log("a");
        raw.before = FaultyStore.FAILURE;
        fetch(log, "jack", FetchOutcome.FOUND, "1");
        assertThatThrownBy(log::flush).isInstanceOf(StoreException.class);
        now = START.plus(Duration.ofHours(1));
        fetch(log, "jack", FetchOutcome.CHECKED, "1");
        assertThat(read(log)).containsExactly("08 a jack checked v1 x1", "07 a jack found v1 x1");
        raw.before = FaultyStore.NONE;
        log.flush();

        assertThat(read(log("b"))).containsExactly("08 a jack checked v1 x1", "07 a jack found v1 x1");
        assertThat(log.dropped()).isZero();
    }

    @Test
    void processThatEndsWritesWhatItCounted() throws Exception {
        AccessLog log = log("a");
        fetch(log, "jack", FetchOutcome.FOUND, "1");
        log.close();

        assertThat(read(log("b"))).containsExactly("07 a jack found v1 x1");
    }

    @Test
    void eventsBeyondTheLimitAreDroppedAndReported() throws Exception {
        AccessLog log = log("a", 2);
        fetch(log, "one", FetchOutcome.FOUND, "1");
        fetch(log, "two", FetchOutcome.FOUND, "1");
        fetch(log, "three", FetchOutcome.FOUND, "1");
        fetch(log, "one", FetchOutcome.FOUND, "1");
        log.flush();
        fetch(log, "four", FetchOutcome.FOUND, "1");
        log.flush();

        assertThat(read(log))
                .containsExactlyInAnyOrder("07 a  dropped x2", "07 a one found v1 x2", "07 a two found v1 x1");
        assertThat(log.dropped()).isEqualTo(2);
        assertThat(read(log, new AccessFilter(null, null, null, null, null, null, null, PROD.toString()::equals)))
                .as("a limited reader")
                .hasSize(2);
    }

    @Test
    void entryOfTheStoreIsBoundedInBytes() throws Exception {
        AccessLog log = log("a", 50_000);
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            String name = Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
            fetch(log, name, FetchOutcome.FOUND, "1");
        }
        log.flush();

        Stored stored = engine.list(HourKey.PREFIX).entries().getFirst();
        assertThat(stored.value().length).isLessThan(AccessWriter.LARGEST_ENTRY + 1_000);
        assertThat(log.dropped()).isPositive();
        long counted = read(log).size() - 1L;
        assertThat(counted + log.dropped()).isEqualTo(20_000);
    }

    @Test
    void usualHourOfAThousandSecretsIsSmall() throws Exception {
        AccessLog log = log("a", 50_000);
        for (int i = 0; i < 1_000; i++) {
            for (int check = 0; check < 60; check++) {
                fetch(log, "team-" + i % 40 + "/consumer-" + i, FetchOutcome.CHECKED, String.valueOf(i % 7));
            }
        }
        log.flush();

        assertThat(engine.list(HourKey.PREFIX).entries().getFirst().value().length)
                .isLessThan(20_000);
    }

    @Test
    void pagesHoldEachEntryOnceNewestFirst() throws Exception {
        List<String> all = new ArrayList<>();
        for (int hour = 0; hour < 20; hour++) {
            now = START.plus(Duration.ofHours(hour));
            for (String runner : List.of("a", "b")) {
                AccessLog log = log(runner);
                fetch(log, "jack", FetchOutcome.FOUND, "1");
                fetch(log, "anna", FetchOutcome.GONE, null);
                if (hour < 19) {
                    log.flush();
                }
            }
        }
        AccessLog reader = logs.getLast();
        for (int size : List.of(1, 2, 3, 7, 1_000)) {
            List<String> paged = new ArrayList<>();
            String cursor = null;
            do {
                AccessLog.Page page = reader.page(AccessFilter.all(), cursor, size);
                assertThat(page.entries()).hasSizeLessThanOrEqualTo(size);
                page.entries().forEach(entry -> paged.add(line(entry)));
                cursor = page.next();
            } while (cursor != null);
            all = read(reader);
            assertThat(paged).isEqualTo(all);
        }
        assertThat(all).hasSize(19 * 4 + 2).doesNotHaveDuplicates();
    }

    @Test
    void filtersSelect() throws Exception {
        AccessLog log = log("a");
        fetch(log, "team/jack", FetchOutcome.FOUND, "1");
        fetch(log, "team/anna", FetchOutcome.CHECKED, "1");
        fetch(log, "other", FetchOutcome.CHECKED, "1");
        log.flush();
        now = START.plus(Duration.ofHours(2));
        AccessLog second = log("b");
        fetch(second, "other", FetchOutcome.TIMEOUT, null);
        second.flush();

        assertThat(read(log, filter("team/*", null, null)))
                .containsExactly("07 a team/anna checked v1 x1", "07 a team/jack found v1 x1");
        assertThat(read(log, filter("team/jack", null, null))).containsExactly("07 a team/jack found v1 x1");
        assertThat(read(log, filter(null, "b", null))).containsExactly("09 b other timeout x1");
        assertThat(read(log, filter("other", null, "checked"))).containsExactly("07 a other checked v1 x1");
        assertThat(read(log, between("2026-11-29T07:59:59Z", "2026-11-29T09:00:00Z")))
                .hasSize(3);
        assertThat(read(log, between("2026-11-29T08:00:00Z", "2026-11-29T09:00:01Z")))
                .containsExactly("09 b other timeout x1");
        assertThat(read(log, between("2026-11-29T08:00:00Z", "2026-11-29T09:00:00Z")))
                .isEmpty();
    }

    private static AccessFilter between(String from, String to) {
        return new AccessFilter(Instant.parse(from), Instant.parse(to), null, null, null, null, null, _ -> true);
    }

    @Test
    void hoursOlderThanTheRetentionAreRemoved() throws Exception {
        for (int day = 0; day < 30; day++) {
            now = START.plus(Duration.ofDays(day));
            AccessLog log = log("a");
            fetch(log, "day-" + day, FetchOutcome.FOUND, "1");
            log.flush();
        }
        now = START.plus(Duration.ofDays(90 + 20));
        AccessLog log = log("b");

        assertThat(log.retire()).isEqualTo(20);
        assertThat(read(log)).hasSize(10).last().isEqualTo("07 a day-20 found v1 x1");
        assertThat(log.retire()).isZero();
    }

    @Test
    void hourThatSomethingElseChangedIsReportedAndDoesNotStopTheLog() throws Exception {
        AccessLog log = log("a");
        fetch(log, "jack", FetchOutcome.FOUND, "1");
        log.flush();
        String key = engine.list(HourKey.PREFIX).entries().getFirst().key();
        var _ = engine.commit(Transaction.EMPTY.put(key, new byte[] {1, 2, 3}));
        now = START.plus(Duration.ofHours(1));
        fetch(log, "anna", FetchOutcome.FOUND, "1");
        log.flush();

        assertThat(read(log)).containsExactly("08 a anna found v1 x1", "07 a  unreadable x0");
        now = START;
        fetch(log, "rose", FetchOutcome.FOUND, "1");
        log.flush();
        assertThat(read(log)).containsExactly("08 a anna found v1 x1", "07 a rose found v1 x1");
    }

    @Test
    void hourOfALaterVersionIsLeftAlone() throws Exception {
        String key = new HourKey(HourKey.hourOf(START), "a").key();
        var _ = store.commit(Transaction.EMPTY.put(key, "of the future".getBytes(StandardCharsets.UTF_8)));
        AccessLog log = log("a");
        fetch(log, "jack", FetchOutcome.FOUND, "1");
        log.flush();

        assertThat(read(log)).containsExactly("07 a  unreadable x0");
        assertThat(log.dropped()).isEqualTo(1);
        assertThat(Objects.requireNonNull(store.get(key)).value())
                .isEqualTo("of the future".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void cursorThatIsNoneIsRefused() {
        AccessLog log = log("a");
        for (String cursor : List.of("x", "!", "W10", "WyJhY2Nlc3MvIl0", "x".repeat(10_000))) {
            assertThatThrownBy(() -> log.page(AccessFilter.all(), cursor, 10))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("cursor: expected the value of next of a previous page");
        }
    }

    @Test
    void namesInTheStoreAreSealed() throws Exception {
        AccessLog log = log("a");
        fetch(log, "a-name-that-is-easy-to-find", FetchOutcome.FOUND, "1");
        log.flush();

        assertThat(engine.list(Range.prefix("")).entries())
                .allSatisfy(stored -> assertThat(new String(stored.value(), StandardCharsets.ISO_8859_1))
                        .doesNotContain("easy-to-find"));
    }
}
