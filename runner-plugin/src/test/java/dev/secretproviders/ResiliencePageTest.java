package dev.secretproviders;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of promises names tests that exist and run. */
class ResiliencePageTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern TEST = Pattern.compile("`(\\w+)#(\\w+)`");
    private static final Pattern PROMISE = Pattern.compile("(?m)^\\| `(\\w+)` \\|");

    @Test
    void eachPromiseHasTestsThatExistAndAreNotSwitchedOff() throws IOException {
        Map<String, String> sources = testSources();
        List<String> rows =
                page().lines().filter(line -> PROMISE.matcher(line).find()).toList();
        assertThat(rows).hasSizeGreaterThan(30);

        for (String row : rows) {
            List<MatchResult> tests = TEST.matcher(row).results().toList();
            assertThat(tests).as("the tests of: %s", row).isNotEmpty();
            for (MatchResult test : tests) {
                assertThat(sources).as("the class %s", test.group(1)).containsKey(test.group(1));
                String source = Objects.requireNonNull(sources.get(test.group(1)));
                assertThat(annotationsOf(source, test.group(2)))
                        .as("%s, as a test that runs", test.group())
                        .containsPattern("@(Test|IndependentTest|ParameterizedTest)\\b")
                        .doesNotContain("@Disabled");
            }
        }
    }

    @Test
    void promisesHaveNamesOfTheirOwn() throws IOException {
        assertThat(PROMISE.matcher(page()).results().map(promise -> promise.group(1)))
                .doesNotHaveDuplicates();
    }

    /** Returns what stands between the member before a method and its name; empty if there is no such method. */
    private static String annotationsOf(String source, String method) {
        int name = source.indexOf(" void " + method + "(");
        if (name < 0) {
            return "";
        }
        int before = source.lastIndexOf("\n    }\n", name);
        return source.substring(Math.max(before, 0), name);
    }

    private static String page() throws IOException {
        return Files.readString(ROOT.resolve("docs/explanation/resilience.md"));
    }

    /** Returns the sources of all classes of tests, by their simple names. Two of a name are joined. */
    private static Map<String, String> testSources() throws IOException {
        Map<String, String> sources = new TreeMap<>();
        for (String module : List.of("core", "transport", "runner-plugin", "e2e", "providers")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module))) {
                for (Path file : files.filter(path -> path.toString().endsWith("Test.java"))
                        .filter(path -> path.toString().contains("src/test/java"))
                        .toList()) {
                    sources.merge(
                            String.valueOf(file.getFileName()).replace(".java", ""),
                            Files.readString(file),
                            String::concat);
                }
            }
        }
        return sources;
    }
}
