package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.output.Output;
import dev.secretproviders.app.cli.output.Paint;
import dev.secretproviders.provider.ProviderObject;
import java.io.PrintWriter;

/** Prints a plan for people. */
final class PlanText {
    private final PrintWriter out;
    private final Paint paint;

    PlanText(PrintWriter out, Paint paint) {
        this.out = out;
        this.paint = paint;
    }

    void print(Plan plan) {
        for (Change change : plan.changes()) {
            out.println(painted(change.verb(), change.verb().sign() + " " + change.object()));
            change.differences().forEach(difference -> out.println("    " + text(difference)));
        }
        plan.unnamed().forEach(object -> out.println("  " + object + " is not in the file, and stays"));
        out.println(
                plan.isEmpty()
                        ? "Nothing differs: " + plan.same() + " as in the file."
                        : "%d to create, %d to update, %d to delete, %d as in the file."
                                .formatted(
                                        plan.count(Verb.CREATE),
                                        plan.count(Verb.UPDATE),
                                        plan.count(Verb.DELETE),
                                        plan.same()));
        out.flush();
    }

    private String painted(Verb verb, String text) {
        String plain = Output.plain(text);
        return switch (verb) {
            case CREATE -> paint.good(plain);
            case UPDATE -> paint.attention(plain);
            case DELETE -> paint.bad(plain);
        };
    }

    private static String text(FieldChange difference) {
        String name = Output.plain(difference.field()) + ": ";
        String before = difference.before();
        String after = difference.after();
        if (after == null) {
            return name + before + " -> (none)";
        } else if (before == null) {
            return name + after;
        } else if (before.equals(ProviderObject.MASK) && after.equals(before)) {
            return name + "*** (written again: the stored one is not shown)";
        }
        return name + before + " -> " + after;
    }
}
