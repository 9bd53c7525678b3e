package dev.secretproviders.benchmarks.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CpuClockTest {
    @Test
    void aThreadThatBeganMeanwhileCountsWhole() {
        CpuClock.Reading before = new CpuClock.Reading(Map.of("1", 100L, "2", 5_000L));
        CpuClock.Reading after = new CpuClock.Reading(Map.of("1", 150L, "3", 30L));

        assertThat(after.since(before)).isEqualTo(80);
    }

    @Test
    void seesTheWorkOfThisProcess() throws Exception {
        CpuClock clock = new CpuClock(ProcessHandle.current().pid());
        CpuClock.Reading before = clock.read();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
        long x = 0;
        while (System.nanoTime() - end < 0) {
            x++;
        }

        assertThat(x).isPositive();
        assertThat(clock.read().since(before)).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(1));
    }
}
