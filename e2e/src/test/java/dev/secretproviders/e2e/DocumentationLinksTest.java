package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Links between pages have targets, and the index links to all pages. */
class DocumentationLinksTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
    private static final Pattern NAMED = Pattern.compile("(?<![\\w-])(?<!\\w/)docs/[\\w./-]+\\.md\\b");
    /** Names without an extension are those of scripts. */
    private static final Pattern WRITTEN =
            Pattern.compile(".*\\.(?:java|lua|md|xml|ya?ml|sh|conf|service|toml|properties)|[^.]+");

    private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```\\w*\n.*?^ *```$");

    @Test
    void everyLinkLeadsSomewhere() {
        List<String> dead = new ArrayList<>();
        DocumentedBlock.pages()
                .forEach((page, text) -> LINK.matcher(prose(text))
                        .results()
                        .map(link -> link.group(1))
                        .filter(link -> !link.contains("://") && !leadsSomewhere(page, link))
                        .forEach(link -> dead.add(page + ": " + link)));
        assertThat(dead).isEmpty();
    }

    @Test
    void theIndexNamesEveryPage() {
        Map<String, String> pages = DocumentedBlock.pages();
        String index = Objects.requireNonNull(pages.get("docs/README.md"));
        assertThat(pages.keySet())
                .filteredOn(page -> page.startsWith("docs/") && !page.equals("docs/README.md"))
                .isNotEmpty()
                .allMatch(page -> index.contains("](" + page.substring("docs/".length()) + ")"));
        assertThat(index).contains("](../CONTRIBUTING.md)", "](contributing/decisions)");
        assertThat(pages.get("README.md")).contains("](docs/README.md)", "](CONTRIBUTING.md)");
    }

    /** Comments, messages, scripts and configuration files name pages, too. */
    @Test
    void everyPageThatAFileNamesIsThere() throws IOException {
        Map<String, String> files = sources();
        assertThat(files).hasSizeGreaterThan(500);
        List<String> dead = new ArrayList<>();
        files.forEach((file, text) -> NAMED.matcher(text)
                .results()
                .map(MatchResult::group)
                .filter(page -> !Files.exists(ROOT.resolve(page)))
                .forEach(page -> dead.add(file + ": " + page)));
        assertThat(dead).isEmpty();
    }

    /** Returns the texts of files that are written by hand, by path: no results of the build, no hidden directories. */
    static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new TreeMap<>();
        Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                String name = directory.getFileName().toString();
                boolean hidden = name.startsWith(".") && !name.equals("..");
                return hidden || name.equals("target") ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String name = file.getFileName().toString();
                if (attributes.isRegularFile()
                        && attributes.size() < 1_000_000
                        && WRITTEN.matcher(name).matches()) {
                    sources.put(ROOT.relativize(file).toString(), Files.readString(file));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return sources;
    }

    private static boolean leadsSomewhere(String page, String link) {
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty()
                ? ROOT.resolve(page)
                : ROOT.resolve(page).resolveSibling(parts[0]).normalize();
        if (!Files.exists(target)) {
            return false;
        }
        return parts.length == 1
                || anchors(DocumentedBlock.read(ROOT.relativize(target).toString()))
                        .contains(parts[1]);
    }

    /** Returns GitHub's anchors of the headings: in lower case, without punctuation, with hyphens for spaces. */
    private static Set<String> anchors(String text) {
        return HEADING.matcher(prose(text))
                .results()
                .map((MatchResult heading) -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    private static String prose(String text) {
        return BLOCK.matcher(text).replaceAll("");
    }
}
