package dev.secretproviders.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Etcd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hundred writers are killed at random moments: acknowledged changes are present, and no change is half present.
 * Starting the next writers takes most of the time, so four run and are killed together, each with a store of its own.
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
                        "embedded",
                        List.of(directory.resolve("store.db" + number).toString()),
                        number));
    }

    /** The writers of four stores share a process, since a writer with etcd takes four times as long to start. */
    @Test
    void onEtcdToo() throws Exception {
        try (Etcd etcd = Etcd.start()) {
            killWriters(
                    "etcd",
                    IntStream.range(0, STORES)
                            .mapToObj(number -> etcd.endpoint() + "/crash" + number)
                            .toList(),
                    STORES);
        }
    }

    /** A task for one of several stores. */
    interface Work {
        void with(int number) throws Exception;
    }

    /** Runs the task for all stores, each in a thread of its own. */
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

    private void killWriters(String engine, List<String> places, int name) throws Exception {
        Random random = new Random(20261124 + name);
        for (int kill = 0; kill < KILLS_OF_EACH; kill++) {
            long[] acknowledged = runAndKill(engine, places, name, random.nextInt(LONGEST_LIFE_MILLIS));
            for (int i = 0; i < places.size(); i++) {
                check(engine, places.get(i), acknowledged[i]);
            }
        }
    }

    private static void check(String engine, String place, long acknowledged) throws Exception {
        try (Store store = CrashWriter.open(engine, place)) {
            List<Long> all =
                    LongStream.rangeClosed(1, CrashWriter.last(store)).boxed().toList();
            assertThat(numbers(store, "a/")).as(place).isEqualTo(all);
            assertThat(numbers(store, "b/")).as(place).isEqualTo(all);
            assertThat(all).hasSizeGreaterThanOrEqualTo((int) acknowledged);
        }
    }

    static List<Long> numbers(Store store, String prefix) throws StoreException {
        return store.list(prefix).entries().stream()
                .map(entry -> Long.parseLong(entry.key().substring(prefix.length())))
                .sorted()
                .collect(Collectors.toList());
    }

    /** Returns the last number of each store that was acknowledged. */
    private long[] runAndKill(String engine, List<String> places, int name, int lifeMillis) throws Exception {
        Path said = directory.resolve("said" + name);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                CrashWriter.class.getName(),
                engine));
        command.addAll(places);
        Process process = new ProcessBuilder(command)
                .redirectOutput(said.toFile())
                .redirectError(directory.resolve("errors" + name).toFile())
                .start();
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(2))
                .failFast(() -> !process.isAlive())
                .until(() -> Arrays.stream(acknowledged(said, places.size())).allMatch(number -> number > 0));
        Thread.sleep(lifeMillis);
        process.destroyForcibly().waitFor();
        return acknowledged(said, places.size());
    }

    private static long[] acknowledged(Path said, int stores) throws IOException {
        long[] last = new long[stores];
        String text = Files.readString(said);
        // Text after the last line feed is incomplete.
        text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .map(line -> line.split(" "))
                .forEach(words -> {
                    last[Integer.parseInt(words[0])] = Long.parseLong(words[1]);
                });
        return last;
    }
}
