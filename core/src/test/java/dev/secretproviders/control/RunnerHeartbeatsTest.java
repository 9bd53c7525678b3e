package dev.secretproviders.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.control.RunnerHeartbeats.Peer;
import dev.secretproviders.peers.Etcd;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.etcd.EtcdAccess;
import dev.secretproviders.store.etcd.EtcdStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** Runners on one etcd. */
@SuppressWarnings("try") // What ends in the middle of a test is closed there, and once more at the end.
class RunnerHeartbeatsTest {
    private static final RunnerState STATE =
            new RunnerState(2, 3, 1, "file", null, "no file", 4, null, 1.5, "no space");
    private static Etcd etcd;

    private String prefix = "";
    private volatile Duration ahead = Duration.ZERO;

    @BeforeAll
    static void startEtcd() {
        etcd = Etcd.start();
    }

    @AfterAll
    static void stopEtcd() {
        etcd.close();
    }

    @BeforeEach
    void choosePrefix(TestInfo test) {
        prefix = "/" + test.getTestMethod().orElseThrow().getName();
    }

    private Store store() {
        return EtcdStore.open(
                new EtcdAccess(List.of(etcd.endpoint().toString()), prefix, null, null, Duration.ofSeconds(5)));
    }

    private RunnerHeartbeats runner(Store store, String node, Duration interval) {
        RunnerHeartbeats runner = new RunnerHeartbeats(
                store,
                RunnerIdentity.of(node, Path.of("data"), "1.0 of " + node, Instant.now()),
                () -> STATE,
                () -> Instant.now().plus(ahead),
                interval);
        runner.start();
        return runner;
    }

    private static List<String> nodes(RunnerHeartbeats runner) {
        return runner.all().stream()
                .map(peer -> peer.heartbeat().runner().node())
                .toList();
    }

    @Test
    void eachKnowsTheOtherAndHowFarItIsBehindTheStore() {
        try (Store one = store();
                Store two = store();
                RunnerHeartbeats a = runner(one, "a", Duration.ofMillis(200));
                RunnerHeartbeats b = runner(two, "b", Duration.ofMillis(200))) {
            await().untilAsserted(() -> {
                assertThat(nodes(a)).containsExactly("a", "b");
                assertThat(nodes(b)).containsExactly("b", "a");
            });
            await().untilAsserted(() -> {
                Peer other = a.all().get(1);
                assertThat(other.self()).isFalse();
                assertThat(other.silent()).isFalse();
                assertThat(other.heartbeat().state()).isEqualTo(STATE);
                assertThat(other.heartbeat().runner().version()).isEqualTo("1.0 of b");
                assertThat(other.heartbeat().watched()).isPositive();
                assertThat(other.heartbeat().delayMillis()).isBetween(0L, 5_000L);
                assertThat(other.heartbeat().behindSeconds()).isZero();
            });
            b.close();
            await().untilAsserted(() -> assertThat(nodes(a)).containsExactly("a"));
        }
    }

    @Test
    void runnerThatNoLongerWritesIsSilentAndIsForgottenAfterADay() throws StoreException {
        try (Store one = store();
                Store two = store();
                RunnerHeartbeats a = runner(one, "a", Duration.ofMillis(200))) {
            RunnerHeartbeats b = runner(two, "b", Duration.ofHours(1));
            await().untilAsserted(() -> assertThat(nodes(a)).containsExactly("a", "b"));
            two.close();
            b.close();

            ahead = RunnerHeartbeats.SILENT.plusSeconds(1);
            assertThat(a.all().get(1).silent()).isTrue();
            ahead = Duration.ofDays(1).plusSeconds(10);
            await().untilAsserted(() -> assertThat(nodes(a)).containsExactly("a"));
            assertThat(one.list(RunnerHeartbeats.PREFIX).entries()).hasSize(1);
        }
    }

    @Test
    void restartedRunnerTakesThePlaceOfTheOneBefore() throws StoreException {
        try (Store one = store();
                Store two = store();
                RunnerHeartbeats a = runner(one, "a", Duration.ofMillis(200))) {
            RunnerHeartbeats before = runner(two, "b", Duration.ofHours(1));
            await().untilAsserted(() -> assertThat(nodes(a)).containsExactly("a", "b"));
            try (Store three = store();
                    RunnerHeartbeats after = runner(three, "b", Duration.ofHours(1))) {
                String process = after.all().getFirst().heartbeat().runner().process();
                await().untilAsserted(() -> assertThat(
                                a.all().get(1).heartbeat().runner().process())
                        .isEqualTo(process));
                before.close();
                two.close();
                assertThat(one.list(RunnerHeartbeats.PREFIX).entries()).hasSize(2);
                assertThat(nodes(a)).containsExactly("a", "b");
            }
        }
    }

    @Test
    void entryThatIsNoSignOfLifeIsIgnored() throws StoreException {
        try (Store one = store();
                RunnerHeartbeats a = runner(one, "a", Duration.ofMillis(200))) {
            var _ = one.commit(Transaction.EMPTY
                    .put("runner/x", "no JSON".getBytes(StandardCharsets.UTF_8))
                    .put("runner/y", "{\"id\":\"y\",\"new\":1}".getBytes(StandardCharsets.UTF_8)));
            await().untilAsserted(() ->
                    assertThat(a.all().getFirst().heartbeat().watched()).isPositive());

            assertThat(nodes(a)).containsExactly("a");
        }
    }

    @Test
    void signOfLifeIsSmallAndHasNoFieldThatAnotherVersionNeeds() {
        Heartbeat heartbeat = new Heartbeat(
                RunnerIdentity.of("node", Path.of("data"), "1.0", Instant.EPOCH), Instant.EPOCH, 1, 2, 3, 4, STATE);

        byte[] stored = heartbeat.stored();

        assertThat(stored).hasSizeLessThan(1_000);
        assertThat(Heartbeat.read(stored)).isEqualTo(heartbeat);
        Heartbeat least =
                Heartbeat.read("{\"id\":\"y\",\"at\":\"1970-01-01T00:00:00Z\",\"started_at\":\"1970-01-01T00:00:00Z\"}"
                        .getBytes(StandardCharsets.UTF_8));
        assertThat(Objects.requireNonNull(least).runner().id()).isEqualTo("y");
    }

    @Test
    void withoutASharedStoreARunnerKnowsOnlyItself() throws StoreException {
        try (RunnerHeartbeats alone = new RunnerHeartbeats(
                null, RunnerIdentity.of("a", Path.of("data"), "1.0", Instant.EPOCH), () -> STATE, Instant::now)) {
            alone.start();

            assertThat(alone.all()).singleElement().satisfies(peer -> {
                assertThat(peer.self()).isTrue();
                assertThat(peer.heartbeat().state()).isEqualTo(STATE);
                assertThat(peer.heartbeat().watched()).isZero();
            });
        }
    }

    @Test
    void keyNamesNoMachine() throws StoreException {
        try (Store one = store();
                RunnerHeartbeats a = runner(one, "a", Duration.ofMillis(200))) {
            await().untilAsserted(
                            () -> assertThat(one.list(RunnerHeartbeats.PREFIX).entries())
                                    .extracting(Stored::key)
                                    .singleElement()
                                    .asString()
                                    .matches("runner/[0-9a-f]{16}"));
            assertThat(a.watched()).isNotNegative();
        }
    }
}
