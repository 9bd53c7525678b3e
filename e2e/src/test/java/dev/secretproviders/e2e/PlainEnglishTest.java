package dev.secretproviders.e2e;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Prose uses the words that a reader expects. To hold the list over another language, add its {@link Kind}: which files, and what of
 * a file is prose.
 */
class PlainEnglishTest {
    private static final Path ROOT = Path.of("..");
    private static final int WIDTH = 100;

    /** What is not written, and what is written instead. */
    private static final Map<String, String> WORDS = new TreeMap<>(Map.of(
            "somebody", "name the user, client, operator or attacker",
            "nobody", "say which user, client or key does not; the Unix user stands in backquotes",
            "whoever", "name who it is: a user who ..., an attacker with ...",
            "anew", "again, or a new one",
            "for ever", "without end",
            "dispossessed", "say what was taken away, and from which object",
            "beside", "next to, in addition to, or together with"));

    private static final Pattern WORD = Pattern.compile(
            WORDS.keySet().stream().map(word -> word.replace(" ", "\\s+")).collect(joining("|", "(?i)\\b(?:", ")\\b")));

    /**
     * Files of one language.
     *
     * @param files where they are, from the root of the project
     * @param suffix how their names end
     * @param prose blanks out what is not prose, and leaves the lines where they are
     */
    private record Kind(List<String> files, String suffix, UnaryOperator<String> prose) {}

    private static final List<Kind> KINDS = List.of(
            new Kind(List.of("README.md", "CONTRIBUTING.md", "docs"), ".md", PlainEnglishTest::proseOfMarkdown));

    /** A place where a word of the list is right. */
    private record Allowed(String file, String phrase, String reason) {}

    private static final List<Allowed> EXCEPTIONS = List.of();

    @Test
    void noWordOfTheListIsUsed() {
        assertThat(prose().entrySet().stream()
                        .flatMap(file -> WORD.matcher(allowed(file.getKey(), file.getValue()))
                                .results()
                                .map(word -> "%s:%d: '%s': %s"
                                        .formatted(
                                                file.getKey(),
                                                lineOf(file.getValue(), word.start()),
                                                word.group(),
                                                WORDS.get(word.group()
                                                        .toLowerCase(Locale.ROOT)
                                                        .replaceAll("\\s+", " "))))))
                .isEmpty();
    }

    @Test
    void everyExceptionIsNeeded() {
        Map<String, String> prose = prose();
        assertThat(EXCEPTIONS)
                .allSatisfy(exception -> assertThat(prose.getOrDefault(exception.file(), ""))
                        .as("%s: %s", exception.file(), exception.reason())
                        .contains(exception.phrase())
                        .containsPattern(WORD));
    }

    /** Tables and code are as wide as what they hold, and so is what {@code scripts/bench} writes. */
    @Test
    void linesOfDocumentsAreNotTooLong() {
        assertThat(prose().entrySet().stream()
                        .filter(file -> file.getKey().endsWith(".md"))
                        .filter(file -> !file.getKey().equals("docs/contributing/measurements.md"))
                        .flatMap(file -> {
                            List<String> lines =
                                    DocumentedBlock.read(file.getKey()).lines().toList();
                            List<String> prose = file.getValue().lines().toList();
                            return IntStream.range(0, lines.size())
                                    .filter(line -> lines.get(line).length() > WIDTH)
                                    .filter(line -> !lines.get(line).startsWith("|")
                                            && !lines.get(line).startsWith("![")
                                            && !prose.get(line).isBlank())
                                    .mapToObj(line -> "%s:%d".formatted(file.getKey(), line + 1));
                        }))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            Nobody is let in.                        | 1
            Ask somebody, or whoever is there.       | 2
            kept for\\never                           | 1
            the user `nobody`                        | 0
            ```text\\nfor ever\\n```\\nwritten anew     | 1
            [a page](beside.md) with a link          | 0
            [nobody](page.md)                        | 1
            <!-- beside -->                          | 0
            besides, forever                         | 0
            """)
    void theListFindsWhatItIsFor(String markdown, int words) {
        String prose = proseOfMarkdown(markdown.replace("\\n", "\n"));
        assertThat(WORD.matcher(prose).results()).hasSize(words);
    }

    /** Returns the prose of each file, by its path from the root of the project. */
    private static Map<String, String> prose() {
        Map<String, String> prose = new TreeMap<>();
        for (Kind kind : KINDS) {
            kind.files().stream()
                    .flatMap(file -> filesBelow(ROOT.resolve(file)))
                    .filter(file -> file.toString().endsWith(kind.suffix()))
                    .map(file -> ROOT.relativize(file).toString())
                    .forEach(file -> prose.put(file, kind.prose().apply(DocumentedBlock.read(file))));
        }
        assertThat(prose).hasSizeGreaterThan(50);
        return prose;
    }

    private static Stream<Path> filesBelow(Path file) {
        try (Stream<Path> files = Files.walk(file)) {
            return files.filter(Files::isRegularFile).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Blanks out blocks of code, code in a line, comments, and where links lead. */
    private static String proseOfMarkdown(String text) {
        return Pattern.compile("(?ms)^ *```\\w*\n.*?^ *```$|<!--.*?-->|`[^`]*`|(?<=])\\([^)\\s]*\\)|https?://\\S+")
                .matcher(text)
                .replaceAll(code -> blank(code.group()));
    }

    private static String allowed(String file, String prose) {
        String left = prose;
        for (Allowed exception : EXCEPTIONS) {
            if (exception.file().equals(file)) {
                left = left.replace(exception.phrase(), blank(exception.phrase()));
            }
        }
        return left;
    }

    private static String blank(String text) {
        return text.replaceAll("[^\n]", " ");
    }

    private static long lineOf(String text, int position) {
        return text.substring(0, position).lines().count();
    }
}
