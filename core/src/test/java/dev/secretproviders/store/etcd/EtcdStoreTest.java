package dev.secretproviders.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Etcd;
import dev.secretproviders.peers.FaultProxy;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.CommitResult;
import dev.secretproviders.store.HeardChanges;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreContract;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.etcd.EtcdAccess.Login;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The store contract on a real etcd, and the behaviour of a shared engine. */
final class EtcdStoreTest extends StoreContract {
    private static final Duration LONG_OUTAGE = Duration.ofSeconds(12);
    /** Two seconds are promised; one more is for a busy machine. */
    private static final Duration SOON = Duration.ofSeconds(3);

    private static final AtomicInteger PREFIXES = new AtomicInteger();
    private static Etcd etcd;

    private String prefix;
    private EtcdStore store;

    @BeforeAll
    static void start() {
        etcd = Etcd.start();
    }

    @AfterAll
    static void stop() {
        etcd.close();
    }

    @BeforeEach
    void open() {
        prefix = "/test-" + PREFIXES.incrementAndGet();
        store = another(null);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Override
    public Store store() {
        return store;
    }

    @Test
    void whatOneRunnerWritesTheOtherHears() throws Exception {
        HeardChanges heard = new HeardChanges();
        try (EtcdStore other = another(null);
                Store.Watch _ = other.watch("provider/", other.list("").revision(), heard)) {
            write("provider/a", "1");
            write("secret/b", "2");
            heard.awaitTold("provider/a=1");
            assertThat(Objects.requireNonNull(other.get("secret/b")).value())
                    .asString()
                    .isEqualTo("2");
        }
    }

    @Test
    void twoRunnersLoseNoneOfEachOthersChangesWhileEtcdRestarts() throws Exception {
        write("counter", "0");
        AtomicBoolean stop = new AtomicBoolean();
        try (EtcdStore other = another(null)) {
            CompletableFuture<Integer> first =
                    CompletableFuture.supplyAsync(() -> count(store, stop), Thread::startVirtualThread);
            CompletableFuture<Integer> second =
                    CompletableFuture.supplyAsync(() -> count(other, stop), Thread::startVirtualThread);
            for (int i = 0; i < 3; i++) {
                Thread.sleep(300);
                etcd.stop();
                etcd.startAgain();
            }
            Thread.sleep(300);
            stop.set(true);
            int acknowledged = first.join() + second.join();
            int counted = Integer.parseInt(text("counter"));
            // A change whose answer was lost may have been made without an acknowledgement.
            assertThat(counted).isGreaterThanOrEqualTo(acknowledged);
            assertThat(acknowledged).isPositive();
        }
    }

    /** Increments a number repeatedly, and returns how many increments were acknowledged. */
    private static int count(Store store, AtomicBoolean stop) {
        int acknowledged = 0;
        while (!stop.get()) {
            try {
                Stored stored = Objects.requireNonNull(store.get("counter"));
                String next =
                        Integer.toString(Integer.parseInt(new String(stored.value(), StandardCharsets.UTF_8)) + 1);
                Transaction add = Transaction.EMPTY
                        .expecting("counter", stored.revision())
                        .put("counter", next.getBytes(StandardCharsets.UTF_8));
                acknowledged += store.commit(add) instanceof CommitResult.Committed ? 1 : 0;
            } catch (StoreException e) {
                // etcd is down at this moment.
            }
        }
        return acknowledged;
    }

    @Test
    void aWatchGoesOnAfterARestartWithoutAGap() throws Exception {
        HeardChanges heard = new HeardChanges();
        try (Store.Watch _ = store.watch("", store.list("").revision(), heard)) {
            write("a", "1");
            heard.awaitTold("a=1");
            etcd.stop();
            etcd.startAgain();
            await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> {
                write("b", "2");
                return true;
            });
            heard.awaitTold(told -> told.getFirst().equals("a=1")
                    && told.contains("b=2")
                    && !told.contains("lost")
                    && !told.contains("restarted"));
        }
    }

    @Test
    void returnAfterALongOutageIsNoticedSoonByWatchesAndCalls() throws Exception {
        write("a", "1");
        HeardChanges heard = new HeardChanges();
        try (FaultProxy proxy = FaultProxy.before(etcd.endpoint());
                EtcdStore other = EtcdStore.open(access(proxy.uri(), null));
                Store.Watch _ = other.watch("", other.list("").revision(), heard)) {
            write("b", "1");
            heard.awaitTold("b=1");
            proxy.refuse();
            write("b", "2");
            // By then the attempts of the client alone are some seconds apart.
            Thread.sleep(LONG_OUTAGE);

            proxy.forward();

            await().atMost(SOON).until(() -> heard.told().contains("b=2"));
            await().atMost(SOON).ignoreExceptions().until(() -> other.get("b") != null);
            // In case etcd was restored, everything is read again after the changes.
            heard.awaitTold(told -> told.indexOf("restarted") > told.indexOf("b=2"));
            assertThat(other.status().problem()).isNull();
        }
    }

    @Test
    void storeInAnEtcdThatWasRestoredMeanwhileIsReadAgainThoughItsRevisionIsLater() throws Exception {
        try (Etcd own = Etcd.start()) {
            // Each start is an election.
            own.stop();
            own.startAgain();
            followThroughAn(own, proxy -> {
                proxy.refuse();
                own.stop();
                own.startEmpty();
                changeOften(own);
                proxy.forward();
            });
        }
    }

    @Test
    void storeInAnEtcdThatMayHaveBeenRestoredIsReadAgainAfterALongOutage() throws Exception {
        try (Etcd own = Etcd.start()) {
            followThroughAn(own, proxy -> {
                proxy.refuse();
                own.stop();
                own.startEmpty();
                changeOften(own);
                Thread.sleep(LONG_OUTAGE);
                proxy.forward();
            });
        }
    }

    @Test
    void storeInAnotherEtcdAtTheSameAddressIsReadAgain() throws Exception {
        try (Etcd own = Etcd.start();
                Etcd other = Etcd.start()) {
            other.stop();
            other.startAgain();
            followThroughAn(own, proxy -> {
                changeOften(other);
                proxy.leadTo(other.endpoint());
            });
        }
    }

    /** etcd sends a thousand revisions together, at most. */
    @Test
    void changesFromBeforeEverythingIsReadAgainAreNotToldAfterwards() throws Exception {
        HeardChanges heard = new HeardChanges();
        try (Etcd own = Etcd.start();
                FaultProxy proxy = FaultProxy.before(own.endpoint());
                EtcdStore through = EtcdStore.open(access(proxy.uri(), null))) {
            long before = own.put(prefix + "/a", "1");
            try (Store.Watch _ = through.watch("", before, heard)) {
                own.put(prefix + "/a", "2");
                heard.awaitTold("a=2");
                proxy.refuse();
                for (int i = 0; i < 2_500; i++) {
                    own.put(prefix + "/a", "meanwhile");
                }
                Thread.sleep(LONG_OUTAGE);
                proxy.forward();
                heard.awaitTold(told -> told.contains("restarted"));
                own.put(prefix + "/a", "afterwards");
                heard.awaitTold(told -> told.contains("a=afterwards"));

                List<String> told = heard.told();
                assertThat(told.subList(told.indexOf("restarted") + 1, told.size()))
                        .containsExactly("a=afterwards");
            }
        }
    }

    private interface Exchange {
        void through(FaultProxy proxy) throws Exception;
    }

    /** Exchanges an etcd for another with later revisions, behind a watch that has followed it for a while. */
    private void followThroughAn(Etcd own, Exchange exchange) throws Exception {
        HeardChanges heard = new HeardChanges();
        try (FaultProxy proxy = FaultProxy.before(own.endpoint());
                EtcdStore through = EtcdStore.open(access(proxy.uri(), null))) {
            long before = own.put(prefix + "/a", "1");
            try (Store.Watch _ = through.watch("", before, heard)) {
                own.put(prefix + "/a", "2");
                heard.awaitTold("a=2");
                exchange.through(proxy);
                heard.awaitTold(told -> told.contains("restarted"));
                await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> {
                    through.commit(Transaction.EMPTY.put("b", new byte[] {'1'}));
                    return true;
                });
                heard.awaitTold(told -> told.contains("b=1"));
            }
        }
    }

    /** Changes one entry until the revision is later than that of an etcd which had only a few changes. */
    private void changeOften(Etcd changed) {
        for (int i = 0; i < 20; i++) {
            changed.put(prefix + "/a", Integer.toString(i));
        }
    }

    @Test
    void aWatchWhoseRevisionWasCompactedIsLostAndGoesOn() throws Exception {
        long early = write("a", "1");
        write("a", "2");
        etcd.compact(write("a", "3"));
        HeardChanges heard = new HeardChanges();
        try (Store.Watch _ = store.watch("", early, heard)) {
            heard.awaitTold("lost");
            write("a", "4");
            heard.awaitTold(told -> told.contains("a=4"));
        }
    }

    @Test
    void changesAreReadWholeThoughTheirPagesAreCompactedMeanwhile() throws Exception {
        for (int i = 0; i < 600; i++) {
            write("many/%04d".formatted(i), "x");
        }
        AtomicBoolean stop = new AtomicBoolean();
        CompletableFuture<Void> compacting = CompletableFuture.runAsync(
                () -> {
                    while (!stop.get()) {
                        etcd.compact(etcd.put(prefix + "/other", "y"));
                    }
                },
                Thread::startVirtualThread);
        try {
            for (int i = 0; i < 10; i++) {
                try {
                    assertThat(store.list("many/").entries()).hasSize(600);
                } catch (StoreException e) {
                    assertThat(e).hasMessageContaining("compacted");
                }
            }
        } finally {
            stop.set(true);
            compacting.join();
        }
    }

    @Test
    void anEtcdThatIsDownIsSaidInTimeAndFoundAgain() throws Exception {
        write("a", "1");
        etcd.stop();
        long begun = System.nanoTime();

        assertThatThrownBy(() -> store.get("a"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("etcd");
        assertThatThrownBy(() -> write("a", "2"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("not known whether");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(30));
        assertThat(store.status().problem()).isNotNull();

        etcd.startAgain();
        await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> text("a"), text -> !text.isEmpty());
        assertThat(store.status().problem()).isNull();
    }

    @Test
    void userAndPasswordAreSentAndNotShown() throws Exception {
        try (Etcd locked = Etcd.start()) {
            locked.enableAuth("c4n4ry-password");
            Login right = new Login("root", Secret.ofUtf8("c4n4ry-password"));
            Login wrong = new Login("root", Secret.ofUtf8("c4n4ry-2"));
            try (EtcdStore known = EtcdStore.open(access(locked.endpoint(), right));
                    EtcdStore unknown = EtcdStore.open(access(locked.endpoint(), wrong))) {
                CommitResult result = known.commit(Transaction.EMPTY.put("a", new byte[1]));
                assertThat(result).isInstanceOf(CommitResult.Committed.class);
                assertThatThrownBy(() -> unknown.get("a"))
                        .isInstanceOf(StoreException.class)
                        .message()
                        .doesNotContain("c4n4ry");
                assertThat(known.status().toString()).doesNotContain("c4n4ry");
            }
        }
    }

    private EtcdStore another(@Nullable Login login) {
        return EtcdStore.open(access(etcd.endpoint(), login));
    }

    private EtcdAccess access(URI server, @Nullable Login login) {
        return new EtcdAccess(List.of(server.toString()), prefix, login, null, Duration.ofSeconds(2));
    }

    private long write(String key, String value) throws StoreException {
        Transaction change = Transaction.EMPTY.put(key, value.getBytes(StandardCharsets.UTF_8));
        return ((CommitResult.Committed) store.commit(change)).revision();
    }

    private String text(String key) throws StoreException {
        return new String(Objects.requireNonNull(store.get(key)).value(), StandardCharsets.UTF_8);
    }
}
