package dev.secretproviders.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class GeneratedSectionTest {
    private static final GeneratedSection SECTION = new GeneratedSection("scripts/bench");

    @Test
    void isAddedAfterWhatPeopleWrote() throws IOException {
        assertThat(SECTION.replaced("# By hand\n", "figures"))
                .startsWith("# By hand\n\n<!--")
                .contains("\n\nfigures\n\n")
                .endsWith("-->\n");
    }

    @Test
    void isReplacedAndWhatStandsAroundItStays() throws IOException {
        String first = SECTION.replaced("# By hand\n", "old figures") + "\n## Also by hand\n";

        String second = SECTION.replaced(first, "new figures");

        assertThat(second)
                .startsWith("# By hand\n")
                .endsWith("\n## Also by hand\n")
                .contains("new figures")
                .doesNotContain("old figures");
        assertThat(SECTION.replaced(second, "new figures")).isEqualTo(second);
    }

    @Test
    void severalCommandsHaveEachTheirOwn() throws IOException {
        GeneratedSection other = new GeneratedSection("scripts/bench --companion");
        String both = other.replaced(SECTION.replaced("# By hand\n", "figures"), "other figures");

        assertThat(SECTION.replaced(both, "new figures"))
                .contains("new figures", "\nother figures\n")
                .doesNotContain("\nfigures\n");
    }

    @Test
    void aLostMarkerIsNoReasonToOverwriteTheRest() throws IOException {
        String document = SECTION.replaced("# By hand\n", "figures");
        String broken = document.substring(0, document.lastIndexOf("<!--"));

        assertThatThrownBy(() -> SECTION.replaced(broken, "figures")).isInstanceOf(IOException.class);
    }
}
