package dev.secretproviders.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.store.CommitResult.Committed;
import dev.secretproviders.store.CommitResult.Conflict;
import dev.secretproviders.store.Store.Watch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The guarantees of every engine. */
public abstract class StoreContract {
    private static final int WRITERS = 6;

    /** Returns the store under test, which is empty at the beginning of each test and the same during it. */
    public abstract Store store();

    @Test
    void whatWasWrittenIsRead() throws Exception {
        assertThat(store().get("provider/vault/prod")).isNull();

        long revision = put("provider/vault/prod", "{}");

        Stored entry = get("provider/vault/prod");
        assertThat(entry.key()).isEqualTo("provider/vault/prod");
        assertThat(entry.value()).asString().isEqualTo("{}");
        assertThat(entry.revision()).isEqualTo(revision).isPositive();
    }

    @Test
    void eachChangeHasAHigherRevisionAndItsEntriesCarryIt() throws Exception {
        long first = put("a", "1");
        long second = put("b", "1");
        long third = put("a", "2");

        assertThat(List.of(first, second, third)).isSorted().doesNotHaveDuplicates();
        assertThat(get("a").revision()).isEqualTo(third);
        assertThat(get("b").revision()).isEqualTo(second);
        assertThat(store().list("").revision()).isEqualTo(third);
    }

    @Test
    void allChangesOfATransactionHaveOneRevision() throws Exception {
        put("c", "1");

        long revision = committed(
                Transaction.EMPTY.put("a", bytes("1")).put("b", bytes("2")).delete("c"));

        assertThat(get("a").revision()).isEqualTo(revision);
        assertThat(get("b").revision()).isEqualTo(revision);
        assertThat(store().get("c")).isNull();
    }

    @Test
    void aConditionHoldsForTheRevisionThatWasRead() throws Exception {
        long first = put("a", "1");

        long second = committed(Transaction.EMPTY.expecting("a", first).put("a", bytes("2")));
        CommitResult late =
                store().commit(Transaction.EMPTY.expecting("a", first).put("a", bytes("3")));

        assertThat(late).isEqualTo(new Conflict(Set.of("a")));
        assertThat(get("a").value()).asString().isEqualTo("2");
        assertThat(get("a").revision()).isEqualTo(second);
    }

    @Test
    void zeroDemandsThatThereIsNoEntry() throws Exception {
        Transaction create = Transaction.EMPTY.expecting("a", 0).put("a", bytes("1"));
        committed(create);

        assertThat(store().commit(create)).isEqualTo(new Conflict(Set.of("a")));

        committed(Transaction.EMPTY.delete("a"));
        committed(create);
    }

    @Test
    void oneConditionThatFailsStopsAllChangesAndIsNamed() throws Exception {
        long a = put("a", "1");
        long b = put("b", "1");
        long before = store().list("").revision();

        CommitResult result = store().commit(Transaction.EMPTY
                .expecting("a", a)
                .expecting("b", b + 1_000)
                .expecting("c", 7)
                .expecting("d", 0)
                .put("a", bytes("2"))
                .put("d", bytes("2"))
                .delete("b"));

        assertThat(result).isEqualTo(new Conflict(Set.of("b", "c")));
        assertThat(texts(store().list(""))).containsExactly("a=1", "b=1");
        assertThat(store().list("").revision()).isEqualTo(before);
    }

    @Test
    void conditionsMayBeOnKeysThatAreNotChanged() throws Exception {
        long lock = put("lock", "1");

        committed(Transaction.EMPTY.expecting("lock", lock).put("a", bytes("1")));
        put("lock", "2");

        assertThat(store().commit(Transaction.EMPTY.expecting("lock", lock).put("a", bytes("2"))))
                .isInstanceOf(Conflict.class);
        assertThat(get("a").value()).asString().isEqualTo("1");
    }

    @Test
    void whatChangesNothingBringsNoRevision() throws Exception {
        long revision = put("a", "1");

        assertThat(committed(Transaction.EMPTY)).isEqualTo(revision);
        assertThat(committed(Transaction.EMPTY.expecting("a", revision))).isEqualTo(revision);
        assertThat(committed(Transaction.EMPTY.delete("absent"))).isEqualTo(revision);
        assertThat(store().list("").revision()).isEqualTo(revision);
    }

    @Test
    void keysAreOrderedByTheirUtf8Bytes() throws Exception {
        // In UTF-16 order, the last key would come before U+FF5E.
        List<String> ordered = List.of("A", "a", "a/", "a/b", "a0", "aa", "\u00e9", "\uff5e", "\ud83d\ude00");
        for (String key : ordered.reversed()) {
            put(key, "x");
        }

        assertThat(keys(Range.prefix(""))).containsExactlyElementsOf(ordered);
        assertThat(keys(Range.prefix("").backwards())).containsExactlyElementsOf(ordered.reversed());
    }

    @Test
    void aListHasWhatItsRangeSays() throws Exception {
        for (String key : List.of("a/1", "a/2", "a/3", "a/4", "a0", "b/1")) {
            put(key, "x");
        }
        Range all = Range.prefix("a/");

        assertThat(keys(all)).containsExactly("a/1", "a/2", "a/3", "a/4");
        assertThat(keys(all.from("a/2"))).containsExactly("a/2", "a/3", "a/4");
        assertThat(keys(all.from("a/2\0"))).containsExactly("a/3", "a/4");
        assertThat(keys(all.to("a/3"))).containsExactly("a/1", "a/2");
        assertThat(keys(all.from("a/2").to("a/4").limit(1))).containsExactly("a/2");
        assertThat(keys(all.backwards())).containsExactly("a/4", "a/3", "a/2", "a/1");
        assertThat(keys(all.backwards().limit(2))).containsExactly("a/4", "a/3");
        assertThat(keys(all.backwards().to("a/3").limit(1))).containsExactly("a/2");
        assertThat(keys(all.backwards().from("a/2").to("a/25"))).containsExactly("a/2");
        assertThat(keys(all.from("a/3").to("a/3"))).isEmpty();
        assertThat(keys(all.from("b").to("a"))).isEmpty();
        assertThat(keys(all.from("0").to("z"))).hasSize(4);
        assertThat(keys(Range.prefix("c"))).isEmpty();
    }

    @Test
    void impossibleKeysAreRefused() {
        for (String key : List.of("", "\ud800", "x".repeat(2_000))) {
            assertThatThrownBy(() -> store().get(key)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> put(key, "x")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aValueMayHaveAMebibyteOrNothing() throws Exception {
        byte[] large = new byte[1 << 20];
        new Random(1).nextBytes(large);

        committed(Transaction.EMPTY.put("large", large).put("empty", new byte[0]));

        assertThat(get("large").value()).isEqualTo(large);
        assertThat(get("empty").value()).isEmpty();
    }

    @Test
    void theLargestTransactionIsMade() throws Exception {
        Transaction largest = Transaction.EMPTY;
        for (int i = 0; i < Transaction.MOST_KEYS; i++) {
            largest = largest.expecting("k" + i, 0).put("k" + i, bytes("x"));
        }

        committed(largest);

        assertThat(keys(Range.prefix("k"))).hasSize(Transaction.MOST_KEYS);
        Transaction again = largest;
        assertThat(store().commit(again))
                .isEqualTo(new Conflict(again.conditions().keySet()));
    }

    @Test
    void manyEntriesAreListedAtOneRevision() throws Exception {
        int groups = 25;
        fill(groups, "0");

        try (ExecutorService other = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> writing = other.submit(() -> {
                for (int round = 1; round <= 20; round++) {
                    // Each round changes an early and a late entry in one transaction.
                    committed(Transaction.EMPTY
                            .put("many/00/000", bytes(Integer.toString(round)))
                            .put("many/24/099", bytes(Integer.toString(round))));
                }
                return null;
            });
            do {
                Listing all = store().list("many/");
                assertThat(all.entries()).hasSize(groups * 100);
                assertThat(text(all.entries().getFirst()))
                        .isEqualTo(text(all.entries().getLast()));
            } while (!writing.isDone());
            writing.get();
        }
    }

    @Test
    void manyEntriesAreListedBackwardsAndWithALimit() throws Exception {
        fill(25, "x");

        List<String> all = keys(Range.prefix("many/"));
        assertThat(all).hasSize(2_500).isSorted();
        assertThat(keys(Range.prefix("many/").backwards())).isEqualTo(all.reversed());
        assertThat(keys(Range.prefix("many/").limit(1_500))).isEqualTo(all.subList(0, 1_500));
    }

    @Test
    void concurrentIncrementsAreNeverLost() throws Exception {
        int increments = 25;
        put("counter", "0");

        inParallel(() -> {
            for (int done = 0; done < increments; ) {
                Stored now = get("counter");
                int next = Integer.parseInt(text(now)) + 1;
                CommitResult result = store().commit(Transaction.EMPTY
                        .expecting("counter", now.revision())
                        .put("counter", bytes(Integer.toString(next))));
                done += result instanceof Committed ? 1 : 0;
            }
            return null;
        });

        assertThat(text(get("counter"))).isEqualTo(Integer.toString(WRITERS * increments));
    }

    @Test
    void moneyIsNeitherMadeNorLostByConcurrentTransfers() throws Exception {
        int accounts = 4;
        for (int i = 0; i < accounts; i++) {
            put("account/" + i, "100");
        }

        inParallel(() -> {
            Random random = new Random();
            for (int i = 0; i < 25; i++) {
                Stored from = get("account/" + random.nextInt(accounts));
                Stored to = get("account/" + random.nextInt(accounts));
                if (!from.key().equals(to.key())) {
                    store().commit(Transaction.EMPTY
                            .expecting(from.key(), from.revision())
                            .expecting(to.key(), to.revision())
                            .put(from.key(), bytes(Integer.toString(Integer.parseInt(text(from)) - 1)))
                            .put(to.key(), bytes(Integer.toString(Integer.parseInt(text(to)) + 1))));
                }
                int sum = store().list("account/").entries().stream()
                        .mapToInt(entry -> Integer.parseInt(text(entry)))
                        .sum();
                assertThat(sum).isEqualTo(100 * accounts);
            }
            return null;
        });
    }

    @Test
    void aWatchTellsEachChangeOnceInOrder() throws Exception {
        long before = put("a/0", "0");
        HeardChanges heard = new HeardChanges();
        try (Watch _ = store().watch("a/", before, heard)) {
            put("a/1", "1");
            put("b/1", "not watched");
            put("a/1", "2");
            committed(Transaction.EMPTY.delete("a/1").delete("a/absent"));
            put("a/2", "3");

            heard.awaitTold("a/1=1", "a/1=2", "a/1 deleted", "a/2=3");
        }
    }

    @Test
    void changesOfOneTransactionAreToldTogether() throws Exception {
        long before = put("b", "0");
        List<Set<String>> told = new ArrayList<>();
        HeardChanges heard = new HeardChanges() {
            @Override
            public synchronized void changed(List<Store.Change> changes) {
                told.add(new HashSet<>(changes.stream().map(Store.Change::key).toList()));
                super.changed(changes);
            }
        };
        try (Watch _ = store().watch("", before, heard)) {
            committed(Transaction.EMPTY.put("a", bytes("1")).delete("b").put("c", bytes("1")));
            put("d", "1");

            heard.awaitTold(all -> all.size() == 4);
        }
        assertThat(told).containsExactly(Set.of("a", "b", "c"), Set.of("d"));
    }

    @Test
    void aWatchBeginsAfterTheRevisionOfAListWithoutAGap() throws Exception {
        put("a/1", "1");
        Listing listing = store().list("a/");
        put("a/1", "2");
        put("a/2", "1");

        HeardChanges heard = new HeardChanges();
        try (Watch _ = store().watch("a/", listing.revision(), heard)) {
            heard.awaitTold("a/1=2", "a/2=1");
            put("a/3", "1");
            heard.awaitTold("a/1=2", "a/2=1", "a/3=1");
        }
    }

    @Test
    void aWatchFromARevisionThatIsNotReachedYetIsLost() throws Exception {
        long now = put("a", "1");

        HeardChanges heard = new HeardChanges();
        try (Watch _ = store().watch("", now + 1_000, heard)) {
            // An etcd that other processes share may have been restored.
            heard.awaitTold(told -> told.equals(List.of("lost")) || told.equals(List.of("restarted")));
            put("a", "2");
            heard.awaitTold(told -> told.size() == 2 && told.getLast().equals("a=2"));
        }
    }

    @Test
    void aWatchMissesNothingWhileManyWrite() throws Exception {
        long before = put("w", "0");
        HeardChanges heard = new HeardChanges();
        try (Watch _ = store().watch("w/", before, heard)) {
            inParallel(() -> {
                for (int i = 0; i < 25; i++) {
                    put("w/" + Thread.currentThread().threadId() + "/" + i, "x");
                }
                return null;
            });

            heard.awaitTold(all -> all.size() == WRITERS * 25);
            assertThat(heard.told()).doesNotHaveDuplicates().noneMatch(told -> told.contains("lost"));
        }
    }

    @Test
    void aWatcherThatFailsIsToldTheNextChange() throws Exception {
        long before = put("a", "0");
        HeardChanges heard = new HeardChanges() {
            @Override
            public synchronized void changed(List<Store.Change> changes) {
                super.changed(changes);
                throw new IllegalStateException("a bug of the watcher");
            }
        };
        try (Watch _ = store().watch("", before, heard)) {
            put("a", "1");
            put("a", "2");
            heard.awaitTold("a=1", "a=2");
        }
    }

    @Test
    void nothingIsToldAfterAWatchWasClosed() throws Exception {
        long before = put("a", "0");
        HeardChanges heard = new HeardChanges();
        HeardChanges other = new HeardChanges();
        Watch watch = store().watch("", before, heard);
        try (Watch _ = store().watch("", before, other)) {
            watch.close();
            put("a", "1");
            other.awaitTold("a=1");
        }
        assertThat(heard.told()).isEmpty();
    }

    @Test
    void aClosedStoreRefusesToWork() throws Exception {
        put("a", "1");

        store().close();
        store().close();

        assertThatThrownBy(() -> store().get("a"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> put("a", "2")).isInstanceOf(StoreException.class);
    }

    public final long put(String key, String value) throws StoreException {
        return committed(Transaction.EMPTY.put(key, bytes(value)));
    }

    public final long committed(Transaction transaction) throws StoreException {
        CommitResult result = store().commit(transaction);
        assertThat(result).isInstanceOf(Committed.class);
        return ((Committed) result).revision();
    }

    public final Stored get(String key) throws StoreException {
        @Nullable Stored entry = store().get(key);
        if (entry == null) {
            throw new AssertionError("there is no " + key);
        }
        return entry;
    }

    final List<String> keys(Range range) throws StoreException {
        return store().list(range).entries().stream().map(Stored::key).toList();
    }

    public static List<String> texts(Listing listing) {
        return listing.entries().stream()
                .map(entry -> entry.key() + "=" + text(entry))
                .toList();
    }

    public static String text(Stored entry) {
        return new String(entry.value(), StandardCharsets.UTF_8);
    }

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Writes a hundred entries per transaction: {@code many/<group>/<number>}. */
    private void fill(int groups, String value) throws StoreException {
        for (int group = 0; group < groups; group++) {
            Transaction hundred = Transaction.EMPTY;
            for (int i = 0; i < 100; i++) {
                hundred = hundred.put("many/%02d/%03d".formatted(group, i), bytes(value));
            }
            committed(hundred);
        }
    }

    private static void inParallel(Callable<?> work) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(WRITERS)) {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                done.add(threads.submit(work));
            }
            for (Future<?> one : done) {
                one.get();
            }
        }
    }
}
