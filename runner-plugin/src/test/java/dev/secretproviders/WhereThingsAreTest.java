package dev.secretproviders;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of usual changes names files that exist, and few of them for each change. */
class WhereThingsAreTest {
    private static final int MOST_FILES = 6;
    private static final Path ROOT = Path.of("..");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern CLASS = Pattern.compile("[A-Z]\\w+");
    private static final List<String> MODULES =
            List.of("secret-provider-spi", "providers", "core", "transport", "runner-plugin");

    @Test
    void namedFilesExist() throws IOException {
        Set<String> classes = classes();

        for (String[] change : changes()) {
            assertThat(names(change[2]))
                    .as("where to begin with %s", change[1])
                    .isNotEmpty()
                    .allMatch(name -> exists(name, classes));
            assertThat(names(change[3]))
                    .as("the files of %s", change[1])
                    .isNotEmpty()
                    .allMatch(name -> exists(name, classes));
        }
    }

    @Test
    void eachOfTenChangesTouchesFewFiles() throws IOException {
        assertThat(changes())
                .hasSize(11)
                .allSatisfy(change -> assertThat(names(change[3]))
                        .as("the files of %s; simplify the code before you lengthen the list", change[1])
                        .hasSizeLessThanOrEqualTo(MOST_FILES));
    }

    private static boolean exists(String name, Set<String> classes) {
        return CLASS.matcher(name).matches() ? classes.contains(name) : Files.isRegularFile(ROOT.resolve(name));
    }

    /** Returns the rows of the table, as their cells; the cell before the first is empty. */
    private static List<String[]> changes() throws IOException {
        return Files.readString(ROOT.resolve("docs/contributing/where-things-are.md"))
                .lines()
                .filter(line -> line.startsWith("| "))
                .skip(2)
                .map(line -> line.split(" *\\| *", -1))
                .toList();
    }

    private static Set<String> names(String cell) {
        return CODE.matcher(cell).results().map(name -> name.group(1)).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> classes() throws IOException {
        Set<String> classes = new TreeSet<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module))) {
                files.map(file -> String.valueOf(file.getFileName()))
                        .filter(file -> file.endsWith(".java"))
                        .forEach(file -> classes.add(file.substring(0, file.length() - ".java".length())));
            }
        }
        return classes;
    }
}
