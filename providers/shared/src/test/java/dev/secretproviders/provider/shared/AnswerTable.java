package dev.secretproviders.provider.shared;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** The tables of {@code docs/reference/manager-answers.md}: what an answer to the question for a secret is taken for, manager by manager. */
public final class AnswerTable {
    private static final String PAGE = "docs/reference/manager-answers.md";
    private static final String BREAKS_OFF = "...";

    private AnswerTable() {}

    /**
     * One row.
     *
     * @param what what it is
     * @param type the content type, or empty for none
     * @param body the body; one that ends in three dots breaks off there
     * @param takenFor {@code found}, {@code missing}, {@code gone} or a kind of failure
     */
    public record Row(String what, int status, String type, String body, String takenFor) {
        /** Answers with it. */
        public void send(HttpExchange exchange) throws IOException {
            exchange.getRequestBody().readAllBytes();
            boolean breaksOff = body.endsWith(BREAKS_OFF);
            byte[] bytes = body.substring(0, body.length() - (breaksOff ? BREAKS_OFF.length() : 0))
                    .getBytes(StandardCharsets.UTF_8);
            if (!type.isEmpty()) {
                exchange.getResponseHeaders().set("Content-Type", type);
            }
            if (status >= 300 && status < 400) {
                exchange.getResponseHeaders().set("Location", "/elsewhere");
            }
            int length = bytes.length + (breaksOff ? 100 : 0);
            exchange.sendResponseHeaders(status, length == 0 ? -1 : length);
            exchange.getResponseBody().write(bytes);
            exchange.getResponseBody().flush();
            exchange.close();
        }

        /** Checks that the question for a secret that gets this answer ends as the table says. */
        public void check(Callable<FetchResult> question) throws Exception {
            assertThat(outcome(question)).as(toString()).isEqualTo(takenFor);
        }

        /** Checks that the secret is denied where the table says so, and nowhere else. */
        public void checkDenial(Callable<FetchResult> question) throws Exception {
            boolean denies = takenFor.equals("missing") || takenFor.equals("gone");
            String outcome = outcome(question);
            if (denies) {
                assertThat(outcome).as(toString()).isEqualTo(takenFor);
            } else {
                assertThat(outcome).as(toString()).isNotIn("missing", "gone");
            }
        }

        private static String outcome(Callable<FetchResult> question) throws Exception {
            try {
                return switch (question.call()) {
                    case FetchResult.Failed(ProviderException cause) -> kind(cause);
                    case FetchResult other -> other.getClass().getSimpleName().toLowerCase(Locale.ROOT);
                };
            } catch (ProviderException e) {
                return kind(e);
            }
        }

        private static String kind(ProviderException e) {
            assertThat(e).hasMessageNotContaining("canary").hasNoCause();
            return e.kind().name();
        }

        @Override
        public String toString() {
            return what + ": " + status + " " + body;
        }
    }

    /** Returns the rows of a manager's table. */
    public static List<Row> rows(String manager) throws IOException {
        String page = ProjectFile.text(PAGE);
        int start = page.indexOf("\n## " + manager + ":");
        assertThat(start).as("the section of " + manager).isPositive();
        int end = page.indexOf("\n## ", start + 1);
        List<Row> rows = new ArrayList<>();
        for (String line :
                page.substring(start, end < 0 ? page.length() : end).lines().toList()) {
            String[] cells = line.split("\\|", -1);
            if (cells.length == 7 && cells[2].strip().matches("[0-9]{3}")) {
                rows.add(new Row(
                        cells[1].strip(),
                        Integer.parseInt(cells[2].strip()),
                        cells[3].strip(),
                        cells[4].strip().replaceAll("^`|`$", ""),
                        cells[5].strip()));
            }
        }
        assertThat(rows).as("the rows of " + manager).hasSizeGreaterThan(10);
        return rows;
    }
}
