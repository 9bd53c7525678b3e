package dev.secretproviders.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;

/**
 * The machine of the measurements.
 *
 * @param processor its model
 * @param count number of available processors
 * @param memoryMib of the machine
 * @param kernel name and release
 * @param java the JVM that all servers run on
 * @param load the load average of one minute when the measurement began: above 1, other programs were running, too
 */
public record Machine(String processor, int count, long memoryMib, String kernel, String java, double load) {

    /** Describes this machine. Must be called before the measurements load it. */
    public static Machine here() throws IOException {
        return new Machine(
                value(Path.of("/proc/cpuinfo"), "model name"),
                Runtime.getRuntime().availableProcessors(),
                Long.parseLong(value(Path.of("/proc/meminfo"), "MemTotal").replaceAll("\\D", "")) / 1024,
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                System.getProperty("java.vm.vendor") + " " + System.getProperty("java.vm.name") + " "
                        + Runtime.version(),
                Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0]));
    }

    /** Returns the description with today's date and the load. */
    public String text() {
        return String.format(
                Locale.ROOT,
                "%s, %d processors, %,d MiB; %s; %s; %s. Load of the machine when it began: %.1f",
                processor,
                count,
                memoryMib,
                kernel,
                java,
                LocalDate.now(ZoneOffset.UTC),
                load);
    }

    private static String value(Path file, String name) throws IOException {
        List<String> lines = Files.readAllLines(file);
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }
}
