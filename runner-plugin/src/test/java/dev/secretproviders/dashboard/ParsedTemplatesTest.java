package dev.secretproviders.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Everything that the templates have stays parsed. Otherwise most pages would parse templates while people wait. */
class ParsedTemplatesTest {
    private static final Pattern FRAGMENT = Pattern.compile("th:(replace|insert)=");
    private static final Pattern EXPRESSION = Pattern.compile("th:[a-z-]+=\"[^\"]*\"|[$@~]\\{[^}]*}");

    @Test
    void limitsAreAboveWhatTheTemplatesHave() throws Exception {
        URI templates = Objects.requireNonNull(Pages.class.getResource("/dashboard/templates"))
                .toURI();
        int fragments = 0;
        Set<String> expressions = new HashSet<>();
        try (Stream<Path> files = Files.walk(Path.of(templates))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String text = Files.readString(file);
                // Each file can be the whole template, too.
                fragments += 1 + (int) FRAGMENT.matcher(text).results().count();
                EXPRESSION.matcher(text).results().map(MatchResult::group).forEach(expressions::add);
            }
        }
        assertThat(fragments).isPositive().isLessThan(Pages.MOST_FRAGMENTS);
        assertThat(expressions).isNotEmpty().hasSizeLessThan(Pages.MOST_EXPRESSIONS);
    }
}
