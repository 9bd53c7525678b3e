package dev.secretproviders.benchmarks.report;

import dev.secretproviders.benchmarks.statistics.Spread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/**
 * One measured figure.
 *
 * @param name the metric and its subject
 * @param unit of the values
 */
public record Figure(String name, String unit, Spread values) {
    private static final JsonMapper JSON = JsonMapper.shared();

    /** Writes figures as a JSON array with one object in each line. */
    public static void write(Path file, List<Figure> figures) throws IOException {
        Files.writeString(file, figures.stream().map(Figure::json).collect(Collectors.joining(",\n", "[\n", "\n]\n")));
    }

    private String json() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", name);
        fields.put("unit", unit);
        fields.put("value", values.median());
        fields.put("spread", List.of(values.low(), values.high()));
        fields.put("measurements", values.count());
        return JSON.writeValueAsString(fields);
    }
}
