package dev.secretproviders.benchmarks.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Processor time of the threads of a process, in nanoseconds ({@code /proc/PID/task/TID/schedstat}). The time of a
 * thread that ended between two readings is lost.
 */
public final class CpuClock {
    private final Path tasks;
    private final String names;

    /** Creates a clock of the process with this id. */
    public CpuClock(long pid) {
        this(pid, "");
    }

    /**
     * Creates a clock of some threads of a process.
     *
     * @param names the prefix of the threads' names, in the kernel's notation of at most 15 characters
     */
    public CpuClock(long pid, String names) {
        this.tasks = Path.of("/proc", Long.toString(pid), "task");
        this.names = names;
    }

    /** Processor time in nanoseconds, by thread. */
    public record Reading(Map<String, Long> nanosByThread) {
        /** Copies the map. */
        public Reading {
            nanosByThread = Map.copyOf(nanosByThread);
        }

        /** Returns the nanoseconds between an earlier reading and this one. */
        public long since(Reading earlier) {
            long sum = 0;
            for (Map.Entry<String, Long> thread : nanosByThread.entrySet()) {
                sum += thread.getValue() - earlier.nanosByThread.getOrDefault(thread.getKey(), 0L);
            }
            return sum;
        }
    }

    /** Reads the clock. */
    public Reading read() throws IOException {
        Map<String, Long> nanos = new HashMap<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
            for (Path thread : threads) {
                try {
                    if (!names.isEmpty()
                            && !Files.readString(thread.resolve("comm")).startsWith(names)) {
                        continue;
                    }
                    String text = Files.readString(thread.resolve("schedstat"));
                    nanos.put(thread.getFileName().toString(), Long.parseLong(text.substring(0, text.indexOf(' '))));
                } catch (NoSuchFileException e) {
                    // The thread has ended meanwhile.
                }
            }
        }
        return new Reading(nanos);
    }
}
