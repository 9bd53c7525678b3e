package dev.secretproviders.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.Etcd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that writes is killed a hundred times, at any moment: what it acknowledged is there, and nothing is there half. */
class CrashTest {
    private static final int KILLS = 100;
    private static final int LONGEST_LIFE_MILLIS = 120;

    @TempDir
    private Path directory;

    private final Random random = new Random(20261124);

    @Test
    void everyAcknowledgedCommitIsThereAndNoneIsHalfThere() throws Exception {
        killWriters("embedded", directory.resolve("store.db").toString());
    }

    @Test
    void onEtcdToo() throws Exception {
        try (Etcd etcd = Etcd.start()) {
            killWriters("etcd", etcd.endpoint().toString());
        }
    }

    private void killWriters(String engine, String place) throws Exception {
        long checked = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            long acknowledged = runAndKill(engine, place);
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
        assertThat(checked).isGreaterThan(KILLS);
    }

    static List<Long> numbers(Store store, String prefix) throws StoreException {
        return store.list(prefix).entries().stream()
                .map(entry -> Long.parseLong(entry.key().substring(prefix.length())))
                .sorted()
                .collect(Collectors.toList());
    }

    /** Returns the last number that was acknowledged. */
    private long runAndKill(String engine, String place) throws Exception {
        Path said = directory.resolve("said");
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
                .redirectError(directory.resolve("errors").toFile())
                .start();
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(2))
                .failFast(() -> !process.isAlive())
                .until(() -> Files.size(said) > 1);
        Thread.sleep(random.nextInt(LONGEST_LIFE_MILLIS));
        process.destroyForcibly().waitFor();
        String text = Files.readString(said);
        // What stands after the last line feed was cut off.
        String[] lines = text.substring(0, text.lastIndexOf('\n')).split("\n", -1);
        return Long.parseLong(lines[lines.length - 1]);
    }
}
