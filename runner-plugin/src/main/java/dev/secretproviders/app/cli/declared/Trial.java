package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.call.AdminConnection.Reply;
import dev.secretproviders.app.cli.output.Output;
import dev.secretproviders.app.cli.output.Progress;
import dev.secretproviders.app.control.CannotStartException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Dry runs of a plan: the Admin API looks at each change, and changes nothing.
 *
 * @param refusals why changes would be refused
 * @param notes what else is worth to know
 */
record Trial(List<String> refusals, List<String> notes) {
    Trial {
        refusals = List.copyOf(refusals);
        notes = List.copyOf(notes);
    }

    /** Tries a plan. */
    static Trial of(Plan plan, PrintWriter err) throws CannotStartException {
        List<String> refusals = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        Set<String> created = plan.newProviders();
        Progress progress = new Progress(err, "changes tried", plan.changes().size());
        for (Change change : plan.changes()) {
            String first = change.verb() == Verb.DELETE
                    ? null
                    : change.referred().stream()
                            .filter(created::contains)
                            .findFirst()
                            .orElse(null);
            Reply reply = first == null ? change.kind().trial(change) : null;
            if (first != null) {
                notes.add(change + ": refers to provider " + first + ", so it is tried when that is there");
            } else if (reply != null && onlyForNow(plan, change, reply)) {
                notes.add(change + ": what refers to it is changed first, so it is tried when that is done");
            } else if (reply != null && !reply.done()) {
                refusals.addAll(Refusal.lines(change, reply));
            } else if (reply != null) {
                String failed = failedStep(reply.body().path("connection"));
                if (failed != null) {
                    notes.add(change + ": " + Output.plain(change.written().hide(failed)));
                }
                reply.body()
                        .path("warnings")
                        .forEach(warning -> notes.add(
                                change + ": " + Output.plain(change.written().hide(warning.asString("")))));
            }
            progress.step();
        }
        return new Trial(refusals, notes);
    }

    /** Returns whether a deletion is refused only because of objects that the plan deletes or changes before it. */
    private static boolean onlyForNow(Plan plan, Change deletion, Reply reply) {
        JsonNode usages = reply.body().path("references");
        return deletion.verb() == Verb.DELETE
                && reply.status() == 409
                && !usages.isEmpty()
                && usages.valueStream()
                        .allMatch(usage -> plan.changes().stream()
                                .takeWhile(change -> !change.equals(deletion))
                                .anyMatch(change -> change.kind()
                                                .singular()
                                                .equals(usage.path("resource_type")
                                                        .asString(""))
                                        && change.name()
                                                .equals(usage.path("resource_id")
                                                        .asString(""))
                                        && (change.verb() == Verb.DELETE
                                                || !change.referred().contains(deletion.name()))));
    }

    /** Returns what failed when the runner tried to connect to the manager, or null. */
    private static @Nullable String failedStep(JsonNode connection) {
        String failed = connection.path("failed_step").asString("");
        for (JsonNode step : connection.path("steps")) {
            if (!failed.isEmpty() && step.path("step").asString("").equals(failed)) {
                return "its manager cannot be used now (" + failed + "): "
                        + step.path("message").asString("");
            }
        }
        return null;
    }
}
