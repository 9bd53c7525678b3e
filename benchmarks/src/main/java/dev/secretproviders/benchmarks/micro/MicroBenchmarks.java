package dev.secretproviders.benchmarks.micro;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.ServerProcess;
import dev.secretproviders.benchmarks.process.Workplace;
import dev.secretproviders.benchmarks.statistics.Spread;
import dev.secretproviders.benchmarks.subject.JvmCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.openjdk.jmh.Main;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs JMH in a separate process and reads its results. */
public final class MicroBenchmarks {
    private MicroBenchmarks() {}

    /**
     * The result of one benchmark.
     *
     * @param name class, method and parameters
     */
    public record Measured(String name, String unit, Spread values) {}

    /**
     * Runs all benchmarks.
     *
     * @param options of JMH
     */
    public static List<Measured> run(Processors processors, Workplace workplace, List<String> options)
            throws IOException, InterruptedException {
        Path directory = workplace.directory();
        Path results = directory.resolve("results.json");
        List<String> arguments = new ArrayList<>(options);
        arguments.addAll(List.of("-rf", "json", "-rff", results.toString()));
        List<String> command = JvmCommand.of()
                .options("-Xmx2g")
                .classpath(System.getProperty("java.class.path"))
                .main(Main.class.getName(), arguments.toArray(String[]::new));
        try (ServerProcess jmh = ServerProcess.start(processors, directory, command, Map.of())) {
            var _ = jmh.awaitEnd();
        }
        List<Measured> measured = new ArrayList<>();
        for (JsonNode result : JsonMapper.shared().readTree(results)) {
            measured.add(measured(result));
        }
        if (measured.isEmpty()) {
            throw new IOException("JMH measured nothing");
        }
        return measured;
    }

    static Measured measured(JsonNode result) {
        String method = result.path("benchmark").asString();
        int type = method.lastIndexOf('.', method.lastIndexOf('.') - 1);
        String parameters = result.path("params").properties().stream()
                .map(parameter -> ", " + parameter.getValue().asString() + " " + parameter.getKey())
                .collect(Collectors.joining());
        List<Double> values = new ArrayList<>();
        result.path("primaryMetric")
                .path("rawData")
                .forEach(fork -> fork.forEach(value -> values.add(value.doubleValue())));
        return new Measured(
                method.substring(type + 1) + parameters,
                result.path("primaryMetric").path("scoreUnit").asString(),
                Spread.of(values));
    }
}
