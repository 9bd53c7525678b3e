package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.call.AdminConnection.Reply;
import dev.secretproviders.app.cli.output.Output;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Says why the Admin API refused a change. */
final class Refusal {
    private Refusal() {}

    /** Returns the lines of a refusal: the reason, then each reference that would break. */
    static List<String> lines(Change change, Reply reply) {
        List<String> lines = new ArrayList<>();
        lines.add(change + ": "
                + Output.plain(change.written().hide(reply.problem()).replace(", or repeat with ?force=true", "")));
        for (JsonNode usage : reply.body().path("references")) {
            String reason = usage.path("reason").asString("");
            lines.add("    "
                    + Output.plain(usage.path("resource_type").asString("") + " "
                            + usage.path("resource_id").asString("(not shown to you)") + ", "
                            + usage.path("field").asString("") + ", "
                            + usage.path("reference").asString("")
                            + (reason.isEmpty() ? "" : ": " + change.written().hide(reason))));
        }
        return lines;
    }
}
