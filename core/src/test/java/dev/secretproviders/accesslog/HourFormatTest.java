package dev.secretproviders.accesslog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HourFormatTest {
    private static final Instant TIME = Instant.parse("2026-11-29T07:10:00Z");
    private static final Random RANDOM = new Random(7);

    private static HourCounts some(int entries) {
        Map<Access, Count> counts = new HashMap<>();
        for (int i = 0; i < entries; i++) {
            counts.put(
                    new Access(
                            "vault/" + i % 3,
                            "päth/" + i,
                            i % 2 == 0 ? "found" : "used",
                            i % 5 == 0 ? null : "v" + i,
                            i % 2 == 0 ? null : "consumer " + i % 7,
                            i % 4 == 1 ? "k" : null),
                    new Count(1L + RANDOM.nextInt(100_000), TIME.plusSeconds(RANDOM.nextInt(3_000))));
        }
        return new HourCounts(counts, 12, Map.of("a", 3L, "b", Long.MAX_VALUE));
    }

    private static AccessFilter filter(String provider, String path) {
        return new AccessFilter(null, null, provider, path, null, null, null, _ -> true);
    }

    @Test
    void countsAreReadAsTheyWereWritten() {
        for (int entries : new int[] {0, 1, 500}) {
            HourCounts counts = some(entries);
            assertThat(HourFormat.read(HourFormat.write(counts))).isEqualTo(counts);
        }
    }

    @Test
    void onlyWantedEntriesAreRead() {
        HourCounts counts = some(300);
        byte[] bytes = HourFormat.write(counts);

        assertThat(Objects.requireNonNull(HourFormat.read(bytes, filter("vault/1", "päth/1*")))
                        .counts()
                        .keySet())
                .isNotEmpty()
                .allMatch(access ->
                        access.provider().equals("vault/1") && access.path().startsWith("päth/1"));
        HourCounts none = Objects.requireNonNull(HourFormat.read(bytes, filter("vault/9", "x")));
        assertThat(none.counts()).isEmpty();
        assertThat(none.dropped()).isEqualTo(12);
    }

    @Test
    void bytesThatAreNotOursAreNull() {
        byte[] bytes = HourFormat.write(some(50));
        assertThat(HourFormat.read(new byte[0])).isNull();
        assertThat(HourFormat.read("{\"version\":1}".getBytes(StandardCharsets.UTF_8)))
                .isNull();
        assertThat(HourFormat.read(new Packed.Writer().number(2).compressed())).isNull();
        assertThat(HourFormat.read(
                        new Packed.Writer().number(1).number(0).number(1L << 40).compressed()))
                .isNull();
        assertThat(HourFormat.read(Arrays.copyOf(bytes, bytes.length / 2))).isNull();
        for (int i = 0; i < 2_000; i++) {
            byte[] changed = bytes.clone();
            changed[RANDOM.nextInt(changed.length)] ^= (byte) (1 << RANDOM.nextInt(8));
            // Whatever it reads, it does not throw.
            HourCounts _ = HourFormat.read(changed);
        }
    }
}
