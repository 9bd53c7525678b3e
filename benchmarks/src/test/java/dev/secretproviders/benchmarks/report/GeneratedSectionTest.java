package dev.secretproviders.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class GeneratedSectionTest {
    @Test
    void isAddedAfterWhatPeopleWrote() throws IOException {
        assertThat(GeneratedSection.replaced("# By hand\n", "figures"))
                .startsWith("# By hand\n\n<!--")
                .contains("\n\nfigures\n\n")
                .endsWith("-->\n");
    }

    @Test
    void isReplacedAndWhatStandsAroundItStays() throws IOException {
        String first = GeneratedSection.replaced("# By hand\n", "old figures") + "\n## Also by hand\n";

        String second = GeneratedSection.replaced(first, "new figures");

        assertThat(second)
                .startsWith("# By hand\n")
                .endsWith("\n## Also by hand\n")
                .contains("new figures")
                .doesNotContain("old figures");
        assertThat(GeneratedSection.replaced(second, "new figures")).isEqualTo(second);
    }

    @Test
    void aLostMarkerIsNoReasonToOverwriteTheRest() throws IOException {
        String document = GeneratedSection.replaced("# By hand\n", "figures");
        String broken = document.substring(0, document.lastIndexOf("<!--"));

        assertThatThrownBy(() -> GeneratedSection.replaced(broken, "figures")).isInstanceOf(IOException.class);
    }
}
