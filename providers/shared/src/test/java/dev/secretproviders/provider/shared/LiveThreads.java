package dev.secretproviders.provider.shared;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The threads of this process, platform and virtual, that were not there when this object was made. */
public final class LiveThreads {
    /** A thread's paragraph of a dump begins with its number and name. */
    private static final Pattern THREAD = Pattern.compile("(?m)^#(\\d+) ");

    private final Set<String> before = Set.copyOf(dump().keySet());

    /** Returns the new threads, with their stacks, in whose name or stack one of the texts stands. */
    public List<String> with(String... texts) {
        return dump().entrySet().stream()
                .filter(thread -> !before.contains(thread.getKey()))
                .map(Map.Entry::getValue)
                .filter(thread -> List.of(texts).stream().anyMatch(thread::contains))
                .toList();
    }

    /** As {@link #with}, as soon as there are none, or what is left at the end. */
    public List<String> awaitNoneWith(Duration atMost, String... texts) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        List<String> left = with(texts);
        while (!left.isEmpty() && System.nanoTime() < end) {
            Thread.sleep(50);
            left = with(texts);
        }
        return left;
    }

    private static Map<String, String> dump() {
        try {
            Path directory = Files.createTempDirectory("threads");
            Path file = directory.resolve("dump");
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(file.toString(), ThreadDumpFormat.TEXT_PLAIN);
            String text = Files.readString(file);
            Files.delete(file);
            Files.delete(directory);
            Map<String, String> threads = new LinkedHashMap<>();
            for (String paragraph : text.split("\n\n", -1)) {
                Matcher thread = THREAD.matcher(paragraph);
                // The thread that dumps has the caller's frames.
                if (thread.find() && !paragraph.contains(LiveThreads.class.getName())) {
                    threads.put(thread.group(1), paragraph);
                }
            }
            return threads;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
