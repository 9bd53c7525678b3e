package dev.secretproviders.e2e;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Checks that documents, comments, messages and scripts use plain words. To check another language, add its {@link
 * Kind}: which files, and what of a file is prose.
 */
class PlainEnglishTest {
    private static final String THIS_FILE = "e2e/src/test/java/dev/secretproviders/e2e/PlainEnglishTest.java";
    private static final int WIDTH = 100;
    private static final String LITERAL = "\"(?:\\\\.|[^\"\\\\\n])*+\"|'(?:\\\\.|[^'\\\\\n])*+'";

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

    /** The files of one language. */
    enum Kind {
        MARKDOWN(
                "(?:README|CONTRIBUTING|docs/.*)\\.md",
                "(?s).+",
                "(?ms)^ *```\\w*\n.*?^ *```$|<!--.*?-->|`[^`]*`|(?<=])\\([^)\\s]*\\)|https?://\\S+"),
        JAVA(
                ".*\\.java",
                "\"\"\"(?s:.*?)\"\"\"|" + LITERAL + "|/\\*(?s:.*?)\\*/|//.*",
                "(?m)^\\s*(?:/?\\*|//)|\"\\s+\"|\\{@code [^}]*}"),
        LUA(".*\\.lua", "(?:--)?\\[\\[(?s:.*?)]]|" + LITERAL + "|--.*", "(?m)^\\s*--|\"\\s+\"|`[^`]*`"),
        SHELL(".*\\.sh|distribution/bin/.*|scripts/(?:.*/)?[^./]+", "(?m)(?:^|(?<=\\s))#.*", "(?m)^\\s*#|`[^`]*`");

        private final Pattern files;
        private final Pattern prose;
        private final Pattern marks;

        /**
         * Creates a kind.
         *
         * @param files matches their paths from the root of the project
         * @param prose matches documents, or comments and string literals
         * @param marks matches what is no prose in them, such as code, the marks before a line of a comment, and the
         *     joints of two literals
         */
        Kind(String files, String prose, String marks) {
            this.files = Pattern.compile(files);
            this.prose = Pattern.compile(prose);
            this.marks = Pattern.compile(marks);
        }

        /** Replaces what is not prose with spaces, so that lines keep their numbers. */
        String proseOf(String text) {
            StringBuilder found = new StringBuilder();
            int end = 0;
            for (MatchResult match : prose.matcher(text).results().toList()) {
                found.append(blank(text.substring(end, match.start()))).append(match.group());
                end = match.end();
            }
            found.append(blank(text.substring(end)));
            return marks.matcher(found).replaceAll(mark -> blank(mark.group()));
        }
    }

    /** A place where a word of the list is right. */
    private record Allowed(String file, String phrase, String reason) {}

    private static final List<Allowed> EXCEPTIONS = List.of(
            new Allowed(
                    "core/src/test/java/dev/secretproviders/consumer/ConsumerTableTest.java",
                    "nobody/credentials/one",
                    "a consumer that is not there"),
            new Allowed(
                    "providers/kubernetes/src/test/java/dev/secretproviders/provider/kubernetes/KubernetesLoginTest.java",
                    "user: nobody}",
                    "a user that is not there"),
            new Allowed(
                    "providers/kubernetes/src/test/java/dev/secretproviders/provider/kubernetes/KubernetesLoginTest.java",
                    "name: nobody",
                    "a user that is not there"),
            new Allowed(
                    "providers/vault/src/test/java/dev/secretproviders/provider/vault/KvMetadataCheckTest.java",
                    "anew",
                    "the name of a secret"),
            new Allowed(
                    "providers/vault/src/test/java/dev/secretproviders/provider/vault/VaultAnswersTest.java",
                    "data/nobody",
                    "a secret that is not there"),
            new Allowed(
                    "runner-plugin/src/test/java/dev/secretproviders/admin/HostileInputTest.java",
                    "nobody",
                    "a consumer that is not there"),
            new Allowed(
                    "runner-plugin/src/test/java/dev/secretproviders/admin/RightsMatrixTest.java",
                    "nobody",
                    "an object that is not there"),
            new Allowed(
                    "runner-plugin/src/test/java/dev/secretproviders/admin/revocation/RevocationResourceTest.java",
                    "'path': 'nobody'",
                    "a secret that is not there"),
            new Allowed(
                    "runner-plugin/src/test/java/dev/secretproviders/admin/revocation/RevocationResourceTest.java",
                    "secret 'nobody'",
                    "a secret that is not there"),
            new Allowed(
                    "runner-plugin/src/test/java/dev/secretproviders/admin/revocation/RevocationResourceTest.java",
                    "local/own/nobody",
                    "a secret that is not there"),
            new Allowed(
                    "runner-plugin/src/test/java/dev/secretproviders/app/cli/ConfigurationCheckTest.java",
                    "owner: nobody-of-this-name",
                    "a Unix user that is not there"),
            new Allowed(
                    "transport/src/main/java/dev/secretproviders/transport/socket/SocketFile.java",
                    "nobody",
                    "the Unix user"),
            new Allowed(
                    "transport/src/test/java/dev/secretproviders/transport/socket/SocketFileTest.java",
                    "nobody",
                    "the Unix user"));

    @Test
    void noWordOfTheListIsUsed() throws IOException {
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
    void everyExceptionIsNeeded() throws IOException {
        Map<String, String> prose = prose();
        assertThat(EXCEPTIONS)
                .allSatisfy(exception -> assertThat(prose.getOrDefault(exception.file(), ""))
                        .as("%s: %s", exception.file(), exception.reason())
                        .contains(exception.phrase())
                        .containsPattern(WORD));
    }

    /** Tables and code are as wide as what they hold, and so is what {@code scripts/bench} writes. */
    @Test
    void linesOfDocumentsAreNotTooLong() throws IOException {
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
            MARKDOWN | Nobody is let in.                              | 1
            MARKDOWN | Ask somebody, or whoever is there.             | 2
            MARKDOWN | kept for\\never                                 | 1
            MARKDOWN | the user `nobody`                              | 0
            MARKDOWN | ```text\\nfor ever\\n```\\nwritten anew           | 1
            MARKDOWN | [a page](beside.md) with a link                | 0
            MARKDOWN | [nobody](page.md)                              | 1
            MARKDOWN | <!-- beside -->                                | 0
            MARKDOWN | besides, forever                               | 0
            JAVA     | /** Read anew. */ int anew; // and for ever    | 2
            JAVA     | /**\\n * Kept for\\n * ever.\\n */ beside(nobody); | 1
            JAVA     | "kept for " + "ever" + "\\"nobody"              | 2
            JAVA     | '"' + anew + '"'                               | 0
            JAVA     | /* the user {@code nobody} */                  | 0
            LUA      | local anew = "anew" -- for\\n-- ever            | 2
            LUA      | --[[ asked\\nby nobody ]] local beside          | 1
            SHELL    | user=nobody # for\\n# ever                      | 1
            SHELL    | (($# > 0)) && run_as nobody "${#anew}"         | 0
            """)
    void theListFindsWhatItIsFor(Kind kind, String text, int words) {
        String prose = kind.proseOf(text.replace("\\n", "\n"));
        assertThat(WORD.matcher(prose).results()).hasSize(words);
    }

    /** Returns the prose of each file, by its path from the root of the project. */
    private static Map<String, String> prose() throws IOException {
        Map<String, String> sources = DocumentationLinksTest.sources();
        Map<String, String> prose = new TreeMap<>();
        for (Kind kind : Kind.values()) {
            List<String> files = sources.keySet().stream()
                    .filter(kind.files.asMatchPredicate())
                    .filter(file -> !file.equals(THIS_FILE))
                    .toList();
            assertThat(files).as("files of the kind %s", kind).hasSizeGreaterThan(5);
            files.forEach(file -> prose.put(file, kind.proseOf(Objects.requireNonNull(sources.get(file)))));
        }
        return prose;
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
