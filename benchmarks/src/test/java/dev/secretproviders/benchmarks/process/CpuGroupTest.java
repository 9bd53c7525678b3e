package dev.secretproviders.benchmarks.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuGroupTest {
    @Test
    void aDirectoryThatIsNoControlGroupIsLeftAsItWas(@TempDir Path root) throws Exception {
        Path first = Files.createDirectory(root.resolve("cpu"));

        assertThatThrownBy(() -> CpuGroup.create(root, "group", 500)).isInstanceOf(IOException.class);
        assertThat(first).isEmptyDirectory();
    }

    @Test
    void itsCommandRunsWithTheArgumentsAsTheyAre(@TempDir Path directory) throws Exception {
        Path processes = directory.resolve("cgroup.procs");
        Process process = new ProcessBuilder("sh", "-c", CpuGroup.ENTER, processes.toString(), "printf", "%s", "a  b")
                .redirectErrorStream(true)
                .start();

        assertThat(process.getInputStream().readAllBytes()).asString().isEqualTo("a  b");
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(processes).hasContent(Long.toString(process.pid()));
    }
}
