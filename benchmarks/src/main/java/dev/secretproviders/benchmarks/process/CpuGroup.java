package dev.secretproviders.benchmarks.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A control group of the kernel whose processes have a weight against other groups when all want the processors. It is
 * what systemd makes of {@code CPUWeight=} and Kubernetes of a request for processors. Its processes must have been ended
 * before it is closed.
 */
public final class CpuGroup implements AutoCloseable {
    /** The weight of a group for which none was set, in systemd's unit. */
    public static final int USUAL = 100;

    private static final Path ROOT = Path.of("/sys/fs/cgroup");
    private static final int USUAL_SHARES = 1_024;
    private static final String PROCESSES = "cgroup.procs";
    /** Puts the shell into the group whose file is named first, and becomes the command that follows. */
    static final String ENTER = "echo $$ >\"$0\" && exec \"$@\"";

    private static final int TRIES = 100;
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(10);

    private final Path directory;

    private CpuGroup(Path directory) {
        this.directory = directory;
    }

    /**
     * Creates a group directly below the root of the first or second version of control groups. Empty if there is
     * neither, or if this user may not do so.
     *
     * @param weight as for {@code CPUWeight=}
     */
    public static Optional<CpuGroup> create(String name, int weight) {
        try {
            return Optional.of(create(ROOT, name, weight));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    static CpuGroup create(Path root, String name, int weight) throws IOException {
        Path enabled = root.resolve("cgroup.subtree_control");
        boolean second = Files.exists(enabled);
        if (second && !List.of(Files.readString(enabled).strip().split(" ", -1)).contains("cpu")) {
            Files.writeString(enabled, "+cpu");
        }
        Path directory = (second ? root : root.resolve("cpu"))
                .resolve(name + "-" + ProcessHandle.current().pid());
        Path file = directory.resolve(second ? "cpu.weight" : "cpu.shares");
        Files.createDirectory(directory);
        CpuGroup group = new CpuGroup(directory);
        try {
            // The kernel makes this file. Without it, this is no place for groups.
            if (!Files.exists(file)) {
                throw new NoSuchFileException(file.toString());
            }
            Files.writeString(file, Integer.toString(second ? weight : weight * USUAL_SHARES / USUAL));
            return group;
        } catch (IOException e) {
            group.close();
            throw e;
        }
    }

    /** Puts a running process into the group, with all its threads. */
    public void add(long pid) throws IOException {
        Files.writeString(directory.resolve(PROCESSES), Long.toString(pid));
    }

    /** Returns the words of a command that executes what follows it in this group. */
    public List<String> words() {
        return List.of("sh", "-c", ENTER, directory.resolve(PROCESSES).toString());
    }

    @Override
    public void close() {
        // The kernel lists a process for a moment after its end.
        for (int left = TRIES; left > 0 && !directory.toFile().delete(); left--) {
            LockSupport.parkNanos(PAUSE);
        }
    }
}
