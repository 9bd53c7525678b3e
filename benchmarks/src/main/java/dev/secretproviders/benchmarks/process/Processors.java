package dev.secretproviders.benchmarks.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Divides the processors between driver and server. The driver gets one and the server all others, so that the driver's
 * work does not affect the server and each server gets the same share of the machine.
 *
 * @param driver for this process
 * @param server for the process under measurement
 */
public record Processors(String driver, String server) {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String ALLOWED = "Cpus_allowed_list:";

    /**
     * Divides the processors that this process may use.
     *
     * @throws IllegalStateException if there is only one
     */
    public static Processors divided() throws IOException {
        List<Integer> all = Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith(ALLOWED))
                .flatMap(line -> parse(line.substring(ALLOWED.length()).strip()).stream())
                .toList();
        return divide(all);
    }

    static Processors divide(List<Integer> all) {
        if (all.size() < 2) {
            throw new IllegalStateException("two processors are needed, one for the driver and one for the server");
        }
        return new Processors(
                all.getFirst().toString(),
                all.stream().skip(1).map(String::valueOf).collect(Collectors.joining(",")));
    }

    /** Reads the kernel's notation, such as {@code 0-3,8}. */
    static List<Integer> parse(String list) {
        List<Integer> all = new ArrayList<>();
        for (String range : list.split(",", -1)) {
            int dash = range.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
            int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
            for (int i = first; i <= last; i++) {
                all.add(i);
            }
        }
        return all;
    }

    /** Returns a division that also gives the server the driver's processor, for a driver with almost no work. */
    public Processors undivided() {
        return new Processors(driver, driver + "," + server);
    }

    /** Moves all threads of this process to the driver's processor. */
    public void take() throws IOException, InterruptedException {
        move(ProcessHandle.current().pid(), driver);
    }

    /** Moves a running process to the server's processors. */
    public void giveToServer(long pid) throws IOException, InterruptedException {
        move(pid, server);
    }

    private static void move(long pid, String processors) throws IOException, InterruptedException {
        Process taskset = new ProcessBuilder(
                        "taskset", "--all-tasks", "--cpu-list", "--pid", processors, Long.toString(pid))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (taskset.waitFor() != 0) {
            throw new IOException("taskset could not move process " + pid + " to processor " + processors);
        }
    }

    /** Returns how many processors the server has. */
    public int serverCount() {
        return parse(server).size();
    }

    /** Returns a command that runs the given command on the server's processors. */
    public List<String> onServer(List<String> command) {
        List<String> placed = new ArrayList<>(List.of("taskset", "--cpu-list", server));
        placed.addAll(command);
        return placed;
    }
}
