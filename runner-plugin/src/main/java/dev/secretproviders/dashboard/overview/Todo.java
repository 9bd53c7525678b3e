package dev.secretproviders.dashboard.overview;

import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Visit;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing to do.
 *
 * @param others how many there are of it beyond those that are named
 * @param link the page where to do it, or null
 */
public record Todo(
        String urgency,
        String what,
        String remedy,
        @Nullable Instant since,
        long count,
        List<String> subjects,
        long others,
        @Nullable String link) {

    static Todo of(Item problem, Visit visit) {
        List<String> subjects = problem.texts("subjects");
        long count = problem.whole("count");
        return new Todo(
                problem.text("urgency"),
                sentence(problem.text("what")),
                problem.text("remedy"),
                problem.time("since"),
                count,
                subjects,
                count - subjects.size(),
                link(problem.text("kind"), subjects, visit));
    }

    /** Returns a message as a sentence. Messages of findings go on after a name, so that they begin in lower case. */
    private static String sentence(String message) {
        return message.isEmpty() ? "" : Character.toUpperCase(message.charAt(0)) + message.substring(1);
    }

    private static @Nullable String link(String kind, List<String> subjects, Visit visit) {
        return switch (kind) {
            case "provider_away" -> provider(subjects);
            case "runner_silent",
                    "runner_behind",
                    "consumers_unknown",
                    "source_away",
                    "store_problem",
                    "events_problem",
                    "last_known_good_problem" -> visit.may("GET", "/admin/runners") ? "/dashboard/runners" : null;
            default -> "/dashboard/findings?kind=" + kind;
        };
    }

    private static @Nullable String provider(List<String> subjects) {
        String[] parts =
                subjects.isEmpty() ? new String[0] : subjects.getFirst().split("/", 3);
        return parts.length == 3 ? Visit.path("/dashboard/providers", parts[1], parts[2]) : null;
    }
}
