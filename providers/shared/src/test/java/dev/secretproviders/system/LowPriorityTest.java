package dev.secretproviders.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class LowPriorityTest {
    /** The place of the nice value in {@code /proc/thread-self/stat}, after the name. */
    private static final int NICE = 16;

    @Test
    void threadsHaveALowPriorityAndTheOneThatStartsThemKeepsItsOwn() throws Exception {
        int before = nice();

        try (ExecutorService threads = Executors.newSingleThreadExecutor(LowPriority.threads("test-"))) {
            assertThat(threads.submit(LowPriorityTest::nice).get())
                    .isEqualTo(14)
                    .isGreaterThan(before);
        }
        assertThat(nice()).isEqualTo(before);
    }

    private static int nice() throws Exception {
        String stat = Files.readString(Path.of("/proc/thread-self/stat"));
        return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[NICE]);
    }
}
