package dev.secretproviders.dashboard.overview;

import dev.secretproviders.dashboard.page.Item;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The first line of the overview.
 *
 * @param kind {@code good}, {@code warn} or {@code bad}
 * @param since since when it is not well, or null
 */
public record Verdict(
        String kind,
        String icon,
        String title,
        String text,
        @Nullable Instant since) {

    static Verdict of(Item overview) {
        long problems = overview.items("problems").size();
        String todo = problems == 1 ? "There is one thing to do." : "There are " + problems + " things to do.";
        return switch (overview.text("state")) {
            case "failing" ->
                new Verdict(
                        "bad", "bad", "Something is wrong, and requests are affected", todo, overview.time("since"));
            case "attention" ->
                new Verdict("warn", "warning", "It works, but something needs attention", todo, overview.time("since"));
            default ->
                new Verdict(
                        "good", "good", "Everything is well", well(overview) + (problems == 0 ? "" : " " + todo), null);
        };
    }

    private static String well(Item overview) {
        long references = overview.whole("references.total");
        if (references == 0) {
            return "No consumer refers to a secret yet. Make a provider, then write references to its secrets into the"
                    + " credentials of consumers.";
        }
        return references == 1
                ? "The reference in use resolves."
                : "All " + LineChart.number(references) + " references in use resolve.";
    }
}
