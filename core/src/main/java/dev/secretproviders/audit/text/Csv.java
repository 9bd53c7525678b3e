package dev.secretproviders.audit.text;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** Lines of CSV as in RFC 4180. A text that a spreadsheet would read as a formula gets an apostrophe. */
public final class Csv {
    private static final String FORMULA_STARTS = "=+-@\t\r\n";

    private Csv() {}

    /** Returns a line in UTF-8, with its end. */
    public static byte[] line(List<String> cells) {
        return cells.stream()
                .map(Csv::quoted)
                .collect(Collectors.joining(",", "", "\r\n"))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String quoted(String text) {
        String harmless = !text.isEmpty() && FORMULA_STARTS.indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
        boolean special = harmless.chars().anyMatch(each -> each == '"' || each == ',' || each == '\r' || each == '\n');
        return special ? '"' + harmless.replace("\"", "\"\"") + '"' : harmless;
    }
}
