package dev.secretproviders.app.logs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The events that the code logs are those that docs/reference/log-events.md lists. */
class LogEventsTest {
    private static final Set<String> NOT_THE_PRODUCT = Set.of("benchmarks", "gateway-stand-in", "test-peers");
    private static final Path ROOT =
            Path.of("").toAbsolutePath().endsWith("runner-plugin") ? Path.of("..") : Path.of("");

    @Test
    void documentationListsEachEventWithItsFields() throws IOException {
        Set<String> logged = new TreeSet<>();
        Set<String> fields = new TreeSet<>();
        for (Path module : productModules()) {
            try (Stream<Path> files = Files.walk(module.resolve("src/main/java"))) {
                for (Path file :
                        files.filter(file -> file.toString().endsWith(".java")).toList()) {
                    String source = Files.readString(file);
                    all(source, "addKeyValue\\(\\s*\"event\",\\s*\"([a-z.-]+)\"", logged);
                    all(source, "addKeyValue\\(\\s*\"([a-z_]+)\"", fields);
                }
            }
        }
        fields.remove("event");
        Set<String> listed = new TreeSet<>();
        Set<String> listedFields = new TreeSet<>();
        String text = Files.readString(ROOT.resolve("docs/reference/log-events.md"));
        String table = text.substring(text.indexOf("| `event` | level"), text.indexOf("**Levels.**"));
        for (String row :
                table.lines().skip(2).filter(line -> line.startsWith("|")).toList()) {
            List<String> cells = List.of(row.split("\\|", -1));
            if (!cells.get(1).contains("audit log")) {
                all(cells.get(1), "`([a-z-]+\\.[a-z.-]+)`", listed);
            }
            all(cells.get(3), "`([a-z_]+)`", listedFields);
        }

        assertThat(listed).isNotEmpty().isEqualTo(logged);
        assertThat(listedFields).isEqualTo(fields);
    }

    private static List<Path> productModules() throws IOException {
        List<Path> modules = new ArrayList<>();
        for (Path place : List.of(ROOT, ROOT.resolve("providers"))) {
            try (Stream<Path> directories = Files.list(place)) {
                directories
                        .filter(directory -> Files.exists(directory.resolve("src/main/java")))
                        .filter(directory -> !NOT_THE_PRODUCT.contains(String.valueOf(directory.getFileName())))
                        .forEach(modules::add);
            }
        }
        return modules;
    }

    private static void all(String text, String pattern, Set<String> found) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
    }
}
