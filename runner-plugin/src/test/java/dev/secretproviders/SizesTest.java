package dev.secretproviders;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Packages and classes of the product stay small. */
class SizesTest {
    private static final int MOST_FILES = 30;
    private static final int MOST_LINES = 350;
    private static final int MOST_EXCEPTIONS = 5;

    /** Classes that may be longer: each has one job, and the value says why it is not divided. There are none today. */
    private static final Map<String, String> LONGER = Map.of();

    private static final Path ROOT = Path.of("..");

    @Test
    void packagesHaveFewFiles() throws IOException {
        Map<String, Long> packages = new TreeMap<>(sources().keySet().stream()
                .collect(Collectors.groupingBy(file -> String.valueOf(file.getParent()), Collectors.counting())));
        assertThat(packages).hasSizeGreaterThan(40);

        packages.values().removeIf(files -> files <= MOST_FILES);
        assertThat(packages)
                .as("packages of more than %d files; divide them", MOST_FILES)
                .isEmpty();
    }

    @Test
    void classesHaveFewLines() throws IOException {
        Map<String, Integer> longer = new TreeMap<>();
        sources().forEach((file, lines) -> {
            if (lines > MOST_LINES) {
                longer.put(String.valueOf(file.getFileName()).replace(".java", ""), lines);
            }
        });

        assertThat(longer.keySet())
                .as("classes of more than %d lines: %s; divide them by job", MOST_LINES, longer)
                .isEqualTo(new TreeSet<>(LONGER.keySet()));
        assertThat(LONGER).hasSizeLessThanOrEqualTo(MOST_EXCEPTIONS);
    }

    /** Returns the number of lines of each source file of the product. */
    private static Map<Path, Integer> sources() throws IOException {
        Map<Path, Integer> sources = new TreeMap<>();
        for (Path module : modules()) {
            try (Stream<Path> walk = Files.walk(module.resolve("src/main/java"))) {
                for (Path file :
                        walk.filter(path -> path.toString().endsWith(".java")).toList()) {
                    sources.put(ROOT.relativize(file), Files.readAllLines(file).size());
                }
            }
        }
        return sources;
    }

    private static List<Path> modules() throws IOException {
        try (Stream<Path> providers = Files.list(ROOT.resolve("providers"))) {
            return Stream.concat(
                            Stream.of("secret-provider-spi", "core", "transport", "runner-plugin")
                                    .map(ROOT::resolve),
                            providers)
                    .filter(module -> Files.isDirectory(module.resolve("src/main/java")))
                    .toList();
        }
    }
}
