package dev.secretproviders.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A block of code on a page of the documentation: where it begins, what it is tagged as, and its text without indentation. */
record DocumentedBlock(String page, int line, String tag, String text) {
    private static final Path ROOT = Path.of("..");
    private static final Pattern FENCE = Pattern.compile("( *)```(\\w*)");

    @Override
    public String toString() {
        return page + ":" + line;
    }

    /** Returns each page that users and contributors read, by its path. Decisions are history and hold no commands to follow. */
    static Map<String, String> pages() {
        Map<String, String> pages = new TreeMap<>();
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            Stream.concat(Stream.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")), docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> !file.startsWith(ROOT.resolve("docs/contributing/decisions")))
                    .forEach(file -> pages.put(
                            ROOT.relativize(file).toString(),
                            read(ROOT.relativize(file).toString())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return pages;
    }

    static List<DocumentedBlock> all() {
        List<DocumentedBlock> blocks = new ArrayList<>();
        pages().forEach((page, text) -> blocks.addAll(of(page, text)));
        return blocks;
    }

    static List<DocumentedBlock> of(String page, String text) {
        List<DocumentedBlock> blocks = new ArrayList<>();
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            Matcher fence = FENCE.matcher(lines.get(i));
            if (!fence.matches()) {
                continue;
            }
            String indent = fence.group(1);
            int first = i + 1;
            StringBuilder code = new StringBuilder();
            for (i++; !lines.get(i).equals(indent + "```"); i++) {
                String line = lines.get(i);
                code.append(line.startsWith(indent) ? line.substring(indent.length()) : line)
                        .append('\n');
            }
            blocks.add(new DocumentedBlock(page, first, fence.group(2), code.toString()));
        }
        return blocks;
    }

    boolean isShell() {
        return tag.equals("bash");
    }

    /** Returns a file of the project, named from its root. */
    static String read(String file) {
        try {
            return Files.readString(ROOT.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
