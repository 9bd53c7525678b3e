package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Commands of the documentation can be pasted into an interactive {@code bash} or {@code zsh} without changes. */
class DocumentationCommandsTest {
    private static final Set<String> TAGS = Set.of("bash", "java", "json", "promql", "text", "xml", "yaml");
    private static final Pattern COMMENT = Pattern.compile("(?m)(?:^|[\\s;&|(])#");
    private static final Pattern PATTERN = Pattern.compile("(?<!\\$)[?*\\[]|(?m)(?:^|\\s)=\\w");
    private static final Pattern MODIFIER = Pattern.compile("\\$\\w+(?:\\[|:[A-Za-z&])");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?([A-Za-z_]\\w*)");
    private static final Pattern ASSIGNMENT = Pattern.compile("(?m)(?:^|[;&|({])[ ]*(?:export )?([A-Za-z_]\\w*)=");
    /** Variables that mean something else to zsh, or cannot be set there. */
    private static final Set<String> OF_ZSH =
            Set.of("path", "status", "argv", "fpath", "cdpath", "options", "functions", "commands", "aliases", "match");

    @Test
    void everyBlockSaysWhatItIs() {
        assertThat(DocumentedBlock.all())
                .allSatisfy(block -> assertThat(TAGS)
                        .as(
                                "%s: tag a block of commands with bash, what is neither code nor a command with text",
                                block)
                        .contains(block.tag()));
        assertThat(shell()).hasSizeGreaterThan(40);
    }

    @Test
    void nothingMeansSomethingElseInAnotherShell() {
        assertThat(shell().flatMap(block -> problems(block.text()).stream().map(problem -> block + ": " + problem)))
                .isEmpty();
    }

    @Test
    void variablesAreSetBeforeOnTheSamePage() {
        Map<String, Set<String>> set = new HashMap<>();
        assertThat(shell().flatMap(block -> {
                    Set<String> known = set.computeIfAbsent(block.page(), _ -> new HashSet<>(Set.of("HOME", "PATH")));
                    return unset(block.text(), known).stream().map(name -> block + ": $" + name + " is not set before");
                }))
                .isEmpty();
    }

    @Test
    void versionsAreThoseOfTheBuild() {
        Matcher built = Pattern.compile("<version>(.*?)</version>").matcher(DocumentedBlock.read("pom.xml"));
        assertThat(built.find()).isTrue();
        assertThat(DocumentedBlock.pages().entrySet())
                .allSatisfy(page -> assertThat(Pattern.compile("-(\\d[\\w.]*(?:-SNAPSHOT)?)(?=\\.(?:tar\\.gz|jar)\\b)")
                                .matcher(page.getValue())
                                .results()
                                .map(match -> match.group(1)))
                        .as(page.getKey())
                        .allMatch(built.group(1)::equals));
    }

    @ParameterizedTest
    @EnumSource
    void everyBlockParses(Shell shell) throws Exception {
        shell.require();
        for (DocumentedBlock block : shell().toList()) {
            Process process = new ProcessBuilder(shell.command("-n"))
                    .redirectErrorStream(true)
                    .start();
            try (var script = process.getOutputStream()) {
                script.write(block.text().getBytes(StandardCharsets.UTF_8));
            }
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as("%s: %s", block, said).isZero();
            assertThat(said).as(block.toString()).isEmpty();
        }
    }

    /** Tests the rules of this class. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            curl $A/x?y=z                 | 1
            curl "$A/x?y=z" 'a*b' \\*      | 0
            curl a # why                  | 1
            curl 'a # why' b#c            | 0
            tar -xzf a-*.gz               | 1
            curl "$(cat a*)"              | 1
            curl "$(cat "a*")*"           | 0
            echo =ls                      | 1
            a=1; echo --b=$a              | 0
            echo "$A:h/b"                 | 1
            path=a                        | 1
            """)
    void aRuleFindsWhatItIsFor(String command, int problems) {
        assertThat(problems(command)).hasSize(problems);
    }

    @Test
    void aDocumentInAScriptIsNoCommand() {
        assertThat(problems("cat <<'END' >f\n# $a *\nEND\ncat f\n")).isEmpty();
        assertThat(unset("cat <<'END'\n$a\nEND\necho $b\n", new HashSet<>())).containsExactly("b");
        assertThat(unset("cat <<END\n$a\nEND\nb=1; echo $b\n", new HashSet<>())).containsExactly("a");
        assertThat(unset("echo '$a' \"$(cat $c)\" \\$d\n", new HashSet<>())).containsExactly("c");
        assertThat(unset("echo $late; late=1\n", new HashSet<>())).containsExactly("late");
    }

    private static Stream<DocumentedBlock> shell() {
        return DocumentedBlock.all().stream().filter(DocumentedBlock::isShell);
    }

    private static List<String> problems(String script) {
        ShellText text = ShellText.of(script);
        List<String> problems = new ArrayList<>();
        find(
                COMMENT,
                text.bare(),
                problems,
                "an interactive zsh takes a comment for arguments: write it next to the block");
        find(PATTERN, text.bare(), problems, "zsh expands this, or fails if nothing matches: put it in quotes");
        find(MODIFIER, text.expanded(), problems, "zsh takes this for a part of the variable: write ${name}");
        for (String name : ASSIGNMENT
                .matcher(text.bare())
                .results()
                .map(match -> match.group(1))
                .toList()) {
            if (OF_ZSH.contains(name)) {
                problems.add("'" + name + "' is a variable of zsh: use another name");
            }
        }
        return problems;
    }

    private static void find(Pattern pattern, String text, List<String> problems, String problem) {
        pattern.matcher(text)
                .results()
                .map(match -> "'" + match.group() + "': " + problem)
                .forEach(problems::add);
    }

    /** Returns the variables that are used before they are set, and adds those that are set to {@code known}. */
    private static List<String> unset(String script, Set<String> known) {
        ShellText text = ShellText.of(script);
        Map<String, Integer> assigned = new HashMap<>();
        ASSIGNMENT
                .matcher(text.bare())
                .results()
                .forEach(match -> assigned.merge(match.group(1), match.end(), Math::min));
        List<String> unset = VARIABLE.matcher(text.expanded())
                .results()
                .filter(use -> !known.contains(use.group(1))
                        && assigned.getOrDefault(use.group(1), Integer.MAX_VALUE) > use.start())
                .map(use -> use.group(1))
                .toList();
        known.addAll(assigned.keySet());
        return unset;
    }
}
