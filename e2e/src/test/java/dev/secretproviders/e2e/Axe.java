package dev.secretproviders.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** Looks for barriers to people who use a screen reader, a keyboard or strong contrast, with axe-core. */
final class Axe {
    private static final String SCRIPT = script();
    /** Rules of WCAG 2.2 up to AA, and of good practice. */
    private static final String RUN = """
            async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
              .flatMap((rule) => rule.nodes.map((node) =>
                `${rule.id}: ${rule.help}: ${node.html.slice(0, 200)} (${node.any.concat(node.all).map((check) => check.message).join("; ")})`))
            """;

    private Axe() {}

    /** Returns a line for each violation on the page that the tab shows. */
    static List<String> violations(Tab tab) {
        if (!Boolean.TRUE.equals(tab.ask("typeof axe === 'object'"))) {
            tab.ask(SCRIPT);
        }
        return tab.ask(RUN) instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }

    private static String script() {
        try (InputStream in = Objects.requireNonNull(
                Axe.class.getResourceAsStream("/axe.min.js"), "the library of axe-core has it")) {
            // The value of a script is sent to the test: that of axe is large.
            return new String(in.readAllBytes(), StandardCharsets.UTF_8) + "\n;undefined";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
