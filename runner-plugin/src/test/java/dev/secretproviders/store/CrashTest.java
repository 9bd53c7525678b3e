package dev.secretproviders.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Etcd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that write are killed a hundred times, at any moment: what they acknowledged is there, and nothing is there half.
 * Most of the time goes into starting the next one, so several stores are written and killed at once.
 */
class CrashTest {
    private static final int STORES = 4;
    private static final int KILLS_OF_EACH = 25;
    private static final int LONGEST_LIFE_MILLIS = 120;

    @TempDir
    private Path directory;

    @Test
    void everyAcknowledgedCommitIsThereAndNoneIsHalfThere() throws Exception {
        atOnce(
                STORES,
                number -> killWriters(
                        "embedded", directory.resolve("store.db" + number).toString(), number));
    }

    @Test
    void onEtcdToo() throws Exception {
        try (Etcd etcd = Etcd.start()) {
            atOnce(STORES, number -> killWriters("etcd", etcd.endpoint() + "/crash" + number, number));
        }
    }

    /** Something that is done with one of several stores. */
    interface Work {
        void with(int number) throws Exception;
    }

    /** Does it with all of them, each in a thread of its own. */
    static void atOnce(int stores, Work work) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int number = 0; number < stores; number++) {
                int mine = number;
                all.add(threads.submit(() -> {
                    work.with(mine);
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
    }

    private void killWriters(String engine, String place, int number) throws Exception {
        Random random = new Random(20261124 + number);
        long checked = 0;
        for (int kill = 0; kill < KILLS_OF_EACH; kill++) {
            long acknowledged = runAndKill(engine, place, number, random.nextInt(LONGEST_LIFE_MILLIS));
            try (Store store = CrashWriter.open(engine, place)) {
                long last = CrashWriter.last(store);
                assertThat(last).as("kill %d", kill).isGreaterThanOrEqualTo(acknowledged);
                assertThat(numbers(store, "a/")).isEqualTo(numbers(store, "b/")).hasSize((int) last);
                assertThat(numbers(store, "a/"))
                        .containsAll(LongStream.rangeClosed(checked + 1, last)
                                .boxed()
                                .toList());
                checked = last;
            }
        }
        assertThat(checked).isGreaterThan(KILLS_OF_EACH);
    }

    static List<Long> numbers(Store store, String prefix) throws StoreException {
        return store.list(prefix).entries().stream()
                .map(entry -> Long.parseLong(entry.key().substring(prefix.length())))
                .sorted()
                .collect(Collectors.toList());
    }

    /** Returns the last number that was acknowledged. */
    private long runAndKill(String engine, String place, int number, int lifeMillis) throws Exception {
        Path said = directory.resolve("said" + number);
        Path errors = directory.resolve("errors" + number);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashWriter.class.getName(),
                        engine,
                        place)
                .redirectOutput(said.toFile())
                .redirectError(errors.toFile())
                .start();
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(2))
                .failFast(() -> !process.isAlive())
                .until(() -> Files.size(said) > 1);
        Thread.sleep(lifeMillis);
        process.destroyForcibly().waitFor();
        String text = Files.readString(said);
        // What stands after the last line feed was cut off.
        String[] lines = text.substring(0, text.lastIndexOf('\n')).split("\n", -1);
        return Long.parseLong(lines[lines.length - 1]);
    }
}
