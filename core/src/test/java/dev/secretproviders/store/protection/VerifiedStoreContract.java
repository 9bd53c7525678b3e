package dev.secretproviders.store.protection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.store.BorrowedStore;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.HeardChanges;
import dev.secretproviders.store.Listing;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreContract;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A record that goes back to an earlier state is refused, on every engine. */
abstract class VerifiedStoreContract {
    private final Sealer sealer = new Sealer(MasterKeyring.of(RandomSecrets.bytes(32)));
    private final List<VerifiedStore> opened = new ArrayList<>();

    @TempDir
    private Path directory;

    private BorrowedStore raw;
    private VerifiedStore store;

    /** Returns the engine, empty at the beginning of each test. */
    abstract Store engine();

    @BeforeEach
    final void openStore() throws Exception {
        raw = new BorrowedStore(engine());
        store = open("one");
        store.found(Transaction.EMPTY);
        put(store, "token/a", "1");
    }

    @AfterEach
    final void closeStores() {
        opened.forEach(VerifiedStore::close);
    }

    @Test
    void aRecordThatWasPutBackIsRefusedAndNamedAndOthersAreUsed() throws Exception {
        byte[] before = sealed("token/a");
        put(store, "token/a", "2");
        put(store, "token/b", "1");

        raw.commit(Transaction.EMPTY.put("token/a", before));

        for (VerifiedStore each : List.of(store, open("one"), open("two"))) {
            assertThatThrownBy(() -> each.get("token/a"))
                    .isInstanceOf(DamagedEntryException.class)
                    .hasMessageContaining("token/a was put back");
            Listing listing = each.list("token/");
            assertThat(listing.damaged()).containsExactly("token/a");
            assertThat(StoreContract.texts(listing)).containsExactly("token/b=1");
            assertThat(each.verify()).containsOnlyKeys("token/a");
            assertThat(each.status().problem()).contains("token/a");
            assertThat(each.integrity().damaged()).containsOnlyKeys("token/a");
        }
    }

    @Test
    void aRecordThatWasDeletedAndPutBackIsRefused() throws Exception {
        byte[] before = sealed("token/a");
        store.commit(Transaction.EMPTY.delete("token/a"));

        raw.commit(Transaction.EMPTY.put("token/a", before));

        for (VerifiedStore each : List.of(store, open("two"))) {
            assertThatThrownBy(() -> each.get("token/a")).hasMessageContaining("was put there");
            assertThat(each.list("token/").damaged()).containsExactly("token/a");
        }
    }

    @Test
    void aRecordThatWasTakenAwayIsNamed() throws Exception {
        put(store, "revocation/vault/prod/1", "revoked");

        raw.commit(Transaction.EMPTY.delete("revocation/vault/prod/1"));

        for (VerifiedStore each : List.of(store, open("two"))) {
            assertThatThrownBy(() -> each.get("revocation/vault/prod/1")).hasMessageContaining("was deleted");
            assertThat(each.list("revocation/").damaged()).containsExactly("revocation/vault/prod/1");
            assertThat(StoreContract.texts(each.list("token/"))).containsExactly("token/a=1");
        }
    }

    @Test
    void writingARefusedRecordAgainMendsIt() throws Exception {
        byte[] before = sealed("token/a");
        put(store, "token/a", "2");
        raw.commit(Transaction.EMPTY.put("token/a", before));
        assertThat(store.verify()).hasSize(1);

        put(store, "token/a", "3");

        assertThat(store.verify()).isEmpty();
        assertThat(store.status().problem()).isNull();
        assertThat(text(open("two"), "token/a")).isEqualTo("3");
    }

    @Test
    void aRefusedRecordIsReplacedOnTheConditionThatItIsStillTheSame() throws Exception {
        byte[] before = sealed("token/a");
        put(store, "token/a", "2");
        raw.commit(Transaction.EMPTY.put("token/a", before));
        long revision = Objects.requireNonNull(raw.get("token/a")).revision();
        assertThatThrownBy(() -> store.get("token/a"))
                .isInstanceOfSatisfying(
                        DamagedEntryException.class,
                        refused -> assertThat(refused.revision()).isEqualTo(revision));
        Transaction mending = Transaction.EMPTY.expecting("token/a", revision).put("token/a", StoreContract.bytes("3"));

        assertThat(store.commit(mending)).isInstanceOf(CommitResult.Committed.class);
        assertThat(store.commit(mending)).isInstanceOf(CommitResult.Conflict.class);

        raw.commit(Transaction.EMPTY.delete("token/a"));
        assertThatThrownBy(() -> store.get("token/a"))
                .isInstanceOfSatisfying(
                        DamagedEntryException.class,
                        refused -> assertThat(refused.revision()).isZero());
        assertThat(store.commit(Transaction.EMPTY.expecting("token/a", 0).delete("token/a")))
                .isInstanceOf(CommitResult.Committed.class);
        assertThat(store.verify()).isEmpty();
        assertThat(store.get("token/a")).isNull();
    }

    @Test
    void whatAnotherRunnerMendedIsToldSoonAlsoIfNothingIsThereAnyMore() throws Exception {
        VerifiedStore other = open("two");
        other.start();
        CountDownLatch refused = new CountDownLatch(1);
        CountDownLatch again = new CountDownLatch(1);
        Store.Watcher watcher = new Store.Watcher() {
            @Override
            public void changed(List<Store.Change> changes) {}

            @Override
            public void damaged(String key) {
                refused.countDown();
            }

            @Override
            public void lost() {
                again.countDown();
            }

            @Override
            public void restarted() {
                again.countDown();
            }
        };
        try (Store.Watch _ = other.watch("token/", other.list("token/").revision(), watcher)) {
            raw.commit(Transaction.EMPTY.delete("token/a"));
            assertThat(refused.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(other.status().problem()).contains("token/a");

            store.commit(Transaction.EMPTY.delete("token/a"));

            assertThat(again.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(other.status().problem()).isNull();
            assertThat(other.get("token/a")).isNull();
        }
    }

    @Test
    void aWatchTellsThatARecordIsDamagedAndNotWhatItBecame() throws Exception {
        byte[] before = sealed("token/a");
        put(store, "token/a", "2");
        List<String> damaged = new ArrayList<>();
        HeardChanges heard = new HeardChanges() {
            @Override
            public synchronized void damaged(String key) {
                damaged.add(key);
            }
        };
        try (Store.Watch _ = store.watch("token/", store.list("token/").revision(), heard)) {
            raw.commit(Transaction.EMPTY.put("token/a", before));
            put(store, "token/b", "1");
            heard.awaitTold("token/b=1");
            assertThat(damaged).containsExactly("token/a");

            put(store, "token/a", "3");
            heard.awaitTold("token/b=1", "token/a=3");
        }
    }

    @Test
    void aWatchTellsWhatAnotherRunnerWrote() throws Exception {
        VerifiedStore other = open("two");
        HeardChanges heard = new HeardChanges();
        try (Store.Watch _ = other.watch("token/", other.list("token/").revision(), heard)) {
            put(store, "token/b", "1");
            put(store, "token/b", "2");
            store.commit(Transaction.EMPTY.delete("token/a"));
            heard.awaitTold(told -> told.contains("token/a deleted") && told.contains("token/b=2"));
        }
    }

    @Test
    void aStoreThatWentBackAsAWholeIsRefused() throws Exception {
        List<Stored> earlier = raw.list("").entries();
        put(store, "token/a", "2");
        store.close();
        opened.remove(store);

        putBack(earlier);

        assertThatThrownBy(() -> open("one"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("went back")
                .hasMessageContaining("restore --accept");
        assertThat(text(open("a new data directory"), "token/a")).isEqualTo("1");
    }

    @Test
    void aStoreThatWentBackUnderARunningRunnerIsNotWritten() throws Exception {
        List<Stored> earlier = raw.list("").entries();
        put(store, "token/a", "2");

        putBack(earlier);

        assertThatThrownBy(() -> put(store, "token/b", "1")).hasMessageContaining("went back");
        assertThat(store.status().problem()).contains("went back");
        assertThatThrownBy(() -> store.get("token/a")).isInstanceOf(StoreException.class);
    }

    @Test
    void aRestoredStoreIsTheNewestForEveryRunnerOnceItWasAccepted() throws Exception {
        List<Stored> earlier = raw.list("").entries();
        VerifiedStore other = open("two");
        put(other, "token/a", "2");
        put(other, "token/a", "3");
        putBack(earlier);

        VerifiedStore restored = accepting("one");
        restored.accept(Transaction.EMPTY);
        put(restored, "token/b", "1");

        assertThat(text(open("one"), "token/a")).isEqualTo("1");
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(text(other, "token/a")).isEqualTo("1"));
        put(other, "token/a", "4");
        assertThat(restored.verify()).isEmpty();
        assertThat(text(restored, "token/a")).isEqualTo("4");
    }

    @Test
    void acceptingEndsTheRefusalOfRecords() throws Exception {
        byte[] before = sealed("token/a");
        put(store, "token/a", "2");
        put(store, "token/b", "1");
        raw.commit(Transaction.EMPTY.put("token/a", before).delete("token/b"));

        VerifiedStore accepting = accepting("one");
        assertThat(accepting.verify()).containsOnlyKeys("token/a", "token/b");
        accepting.accept(Transaction.EMPTY);
        put(accepting, "token/c", "1");

        assertThat(open("two").verify()).isEmpty();
        assertThat(store.verify()).isEmpty();
        assertThat(StoreContract.texts(store.list("token/"))).containsExactly("token/a=1", "token/c=1");
    }

    @Test
    void aManifestThatIsGoneIsRefused() throws Exception {
        raw.commit(Transaction.EMPTY.delete(Manifest.ROOT));

        assertThatThrownBy(() -> put(store, "token/b", "1")).hasMessageContaining("lost its manifest");
        store.close();
        opened.remove(store);
        assertThatThrownBy(() -> open("one")).hasMessageContaining("lost its manifest");
        assertThatThrownBy(() -> VerifiedStore.open(sealedStore(), counter("new"), InstantSource.system(), true, false))
                .as("the store says that it has one")
                .hasMessageContaining("lost its manifest");
    }

    @Test
    void aPartOfTheManifestThatIsGoneRefusesWhatItStandsForOnly() throws Exception {
        for (int i = 0; i < 50; i++) {
            put(store, "provider/vault/" + i, "1");
        }
        String bucket =
                raw.list("manifest/bucket/provider/").entries().getFirst().key();
        raw.commit(Transaction.EMPTY.delete(bucket));

        VerifiedStore other = open("two");
        Listing listing = other.list("provider/");
        assertThat(listing.damaged()).contains(bucket).hasSizeBetween(2, 10);
        assertThat(listing.entries()).hasSizeBetween(41, 49);
        assertThat(text(other, "token/a")).isEqualTo("1");
        assertThat(store.verify()).as("a running runner still knows").containsOnlyKeys(bucket);
        assertThat(text(store, "provider/vault/7")).isEqualTo("1");
    }

    @Test
    void aCounterThatLagsBehindIsNoRefusal() throws Exception {
        Path file = directory.resolve("one").resolve("store-counter");
        store.close();
        opened.remove(store);
        byte[] lagging = Files.readAllBytes(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        VerifiedStore second = open("one");
        put(second, "token/a", "2");
        second.close();
        opened.remove(second);
        // The machine died before the file was written.
        Files.write(file, lagging);

        VerifiedStore third = open("one");
        assertThat(text(third, "token/a")).isEqualTo("2");
        assertThat(third.verify()).isEmpty();
    }

    @Test
    void aCounterOfAnotherKeyringIsAClearError() throws Exception {
        store.close();
        opened.remove(store);
        Path file = directory.resolve("one").resolve("store-counter");
        byte[] other = Files.readAllBytes(file);
        other[other.length - 1] ^= 1;
        Files.write(file, other);

        assertThatThrownBy(() -> open("one"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("store-counter")
                .hasMessageContaining("delete the file");
    }

    @Test
    void writersOfSeveralRunnersKeepTheManifestRight() throws Exception {
        VerifiedStore other = open("two");
        int rounds = 25;
        CountDownLatch together = new CountDownLatch(4);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> done = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                VerifiedStore mine = thread % 2 == 0 ? store : other;
                String own = "token/own-" + thread;
                done.add(threads.submit(() -> {
                    together.countDown();
                    together.await();
                    for (int round = 0; round < rounds; round++) {
                        put(mine, own, "round " + round);
                        increment(mine, "provider/vault/shared");
                        assertThat(text(mine, own)).isEqualTo("round " + round);
                        assertThat(mine.list("token/").damaged()).isEmpty();
                    }
                    return null;
                }));
            }
            for (Future<?> each : done) {
                each.get(2, TimeUnit.MINUTES);
            }
        }

        for (VerifiedStore each : List.of(store, other, open("three"))) {
            assertThat(text(each, "provider/vault/shared")).isEqualTo(Integer.toString(4 * rounds));
            assertThat(each.verify()).isEmpty();
        }
    }

    @Test
    void severalRunnersMayMakeTheManifestAtOnce() throws Exception {
        raw.commit(Transaction.EMPTY.delete(Manifest.ROOT));
        for (int i = 0; i < 40; i++) {
            String key = "token/old-" + i;
            raw.commit(Transaction.EMPTY.put(key, sealer.seal(key, "x".getBytes(StandardCharsets.UTF_8))));
        }
        List<VerifiedStore> runners = List.of(open("first"), open("second"), open("third"));
        try (ExecutorService threads = Executors.newFixedThreadPool(runners.size())) {
            List<Future<?>> done = new ArrayList<>();
            for (VerifiedStore runner : runners) {
                done.add(threads.submit(() -> {
                    runner.found(Transaction.EMPTY);
                    increment(runner, "provider/vault/shared");
                    return null;
                }));
            }
            for (Future<?> each : done) {
                each.get(2, TimeUnit.MINUTES);
            }
        }

        for (VerifiedStore runner : runners) {
            assertThat(runner.verify()).isEmpty();
            assertThat(runner.list("token/").entries()).hasSize(41);
            assertThat(text(runner, "provider/vault/shared")).isEqualTo("3");
        }
    }

    @Test
    void recordsUnderANewMasterKeyAreStillTheOnesThatWereWritten() throws Exception {
        MasterKeyring both = MasterKeyring.of(RandomSecrets.bytes(32));
        assertThat(both.ids()).hasSize(1);
        long counter = store.integrity().counter();
        raw.commit(Transaction.EMPTY.put("token/a", sealer.rewrap("token/a", sealed("token/a"))));

        assertThat(store.verify()).isEmpty();
        assertThat(text(store, "token/a")).isEqualTo("1");
        assertThat(store.integrity().counter()).isEqualTo(counter);
        put(store, "token/a", "2");
        assertThat(open("two").verify()).isEmpty();
    }

    @Test
    void aChangeAmongManyRecordsReadsFewEntries() throws Exception {
        Transaction many = Transaction.EMPTY;
        for (int i = 0; i < 2_000; i++) {
            String key = "secret/own/" + i;
            many = many.put(key, sealer.seal(key, "x".getBytes(StandardCharsets.UTF_8)));
            if (many.puts().size() == 100) {
                raw.commit(many);
                many = Transaction.EMPTY;
            }
        }
        VerifiedStore accepting = accepting("one");
        accepting.accept(Transaction.EMPTY);
        put(accepting, "secret/own/0", "y");

        VerifiedStore other = open("two");
        int before = raw.calls();
        put(other, "secret/own/77", "y");
        assertThat(raw.calls() - before)
                .as("root, range, bucket, and the commit")
                .isLessThanOrEqualTo(4);
        int then = raw.calls();
        put(other, "secret/own/77", "z");
        assertThat(raw.calls() - then).as("all but the commit is in memory").isEqualTo(1);
        assertThat(other.verify()).isEmpty();
        assertThat(other.list("secret/own/").entries()).hasSize(2_000);
    }

    private void increment(VerifiedStore each, String key) throws StoreException {
        while (true) {
            Stored now = each.get(key);
            int next = now == null ? 1 : Integer.parseInt(StoreContract.text(now)) + 1;
            Transaction change = Transaction.EMPTY
                    .expecting(key, now == null ? 0 : now.revision())
                    .put(key, StoreContract.bytes(Integer.toString(next)));
            if (each.commit(change) instanceof CommitResult.Committed) {
                return;
            }
        }
    }

    private void putBack(List<Stored> earlier) throws StoreException {
        Transaction all = Transaction.EMPTY;
        for (Stored each : raw.list("").entries()) {
            all = all.delete(each.key());
        }
        raw.commit(all);
        Transaction back = Transaction.EMPTY;
        for (Stored each : earlier) {
            back = back.put(each.key(), each.value());
        }
        raw.commit(back);
    }

    private VerifiedStore open(String runner) throws StoreException {
        return added(VerifiedStore.open(sealedStore(), counter(runner), InstantSource.system(), false, false));
    }

    private VerifiedStore accepting(String runner) throws StoreException {
        return added(VerifiedStore.open(sealedStore(), counter(runner), InstantSource.system(), false, true));
    }

    private VerifiedStore added(VerifiedStore each) {
        opened.add(each);
        return each;
    }

    private SeenCounter counter(String runner) throws StoreException {
        return SeenCounter.open(directory.resolve(runner).resolve("store-counter"), sealer);
    }

    private SealedStore sealedStore() {
        return new SealedStore(raw, sealer, Set.of("audit/", "meta/"));
    }

    private byte[] sealed(String key) throws StoreException {
        return Objects.requireNonNull(raw.get(key)).value();
    }

    private static void put(VerifiedStore each, String key, String value) throws StoreException {
        assertThat(each.commit(Transaction.EMPTY.put(key, StoreContract.bytes(value))))
                .isInstanceOf(CommitResult.Committed.class);
    }

    private static String text(VerifiedStore each, String key) throws StoreException {
        return StoreContract.text(Objects.requireNonNull(each.get(key), key));
    }
}
