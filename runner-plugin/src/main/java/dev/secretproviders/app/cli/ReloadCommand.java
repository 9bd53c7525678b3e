package dev.secretproviders.app.cli;

import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.wiring.Startup;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Makes the running runner read its configuration again. */
@Command(
        name = "reload",
        mixinStandardHelpOptions = true,
        description =
                "Make the running runner read its configuration again. If the configuration is wrong, every problem is"
                        + " reported and nothing changes.")
final class ReloadCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
        Main main = (Main) spec.root().userObject();
        return new Startup(main.source()).withConfiguration(false, configuration -> {
            RunningRunner runner = new RunningRunner(configuration.control().dataDirectory());
            JsonNode answer = runner.ask("POST", "/admin/reload", null, "need_restart");
            print("in force", answer.path("applied"));
            print("in force after a restart", answer.path("need_restart"));
            return 0;
        });
    }

    private void print(String what, JsonNode fields) {
        spec.commandLine().getOut().println(what + ": " + (fields.isEmpty() ? "nothing" : joined(fields)));
    }

    private static String joined(JsonNode fields) {
        return String.join(", ", fields.valueStream().map(JsonNode::asString).toList());
    }
}
