package dev.secretproviders.benchmarks.companion;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs wrk with one of our scripts, on the driver's processor.
 *
 * @param script in Lua; see wrk's own SCRIPTING
 * @param connections how many stay open, each with one request at a time
 */
record Wrk(Path script, int connections) {
    private static final Pattern PER_SECOND = Pattern.compile("Requests/sec:\\s+([\\d.]+)");
    private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in");
    private static final Pattern OTHER = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
    private static final Pattern UNEXPECTED = Pattern.compile("Unexpected: (\\d+)");
    private static final Pattern ERRORS = Pattern.compile("Socket errors: (.*)");

    /**
     * The output of wrk.
     *
     * @param requests answered
     * @param others how many of them had a status that the script does not expect, or by default one other than 2xx and
     *     3xx
     * @param median the median latency, in microseconds
     * @param p99 the 99th percentile of the latency, in microseconds
     */
    record Result(double perSecond, long requests, long others, double median, double p99) {}

    /**
     * Sends load to a server.
     *
     * @param arguments for the script
     * @throws IOException if wrk or a connection fails
     */
    Result run(URI uri, Duration duration, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "wrk",
                "--threads",
                "1",
                "--connections",
                Integer.toString(connections),
                "--duration",
                Math.max(1, duration.toSeconds()) + "s",
                "--timeout",
                "10s",
                "--latency",
                "--script",
                script.toString(),
                uri.toString(),
                "--"));
        command.addAll(List.of(arguments));
        Process wrk = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (wrk.waitFor() != 0 || ERRORS.matcher(said).find()) {
            throw new IOException("wrk failed:\n" + said);
        }
        return parse(said);
    }

    static Result parse(String said) throws IOException {
        Matcher unexpected = UNEXPECTED.matcher(said);
        Matcher others = unexpected.find() ? unexpected.reset() : OTHER.matcher(said);
        return new Result(
                Double.parseDouble(find(PER_SECOND, said)),
                Long.parseLong(find(REQUESTS, said)),
                others.find() ? Long.parseLong(others.group(1)) : 0,
                micros("50%", said),
                micros("99%", said));
    }

    private static double micros(String share, String said) throws IOException {
        Matcher time =
                Pattern.compile("\\s" + share + "\\s+([\\d.]+)(us|ms|s)\\b").matcher(said);
        if (!time.find()) {
            throw new IOException("wrk does not tell its latency at " + share + ":\n" + said);
        }
        double factor = switch (time.group(2)) {
            case "us" -> 1;
            case "ms" -> 1e3;
            default -> 1e6;
        };
        return Double.parseDouble(time.group(1)) * factor;
    }

    private static String find(Pattern pattern, String said) throws IOException {
        Matcher matcher = pattern.matcher(said);
        if (!matcher.find()) {
            throw new IOException("wrk said something else than expected:\n" + said);
        }
        return matcher.group(1);
    }
}
