package dev.secretproviders.app.cli;

import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.cli.output.Output;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.wiring.Startup;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** Lists what the running runner knows. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description =
                "List what the running runner knows: providers, references, consumers, the access log of the last 24"
                        + " hours, tokens, findings.")
final class ListCommand implements Callable<Integer> {
    private static final int PAGE = 500;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "WHAT", description = "${COMPLETION-CANDIDATES}")
    private ListName what = ListName.PROVIDERS;

    @Option(
            names = {"-o", "--output"},
            defaultValue = "table",
            description = "table, json or yaml (${DEFAULT-VALUE})")
    private Output output = Output.TABLE;

    /** The lists that there are, each with the columns of its table. */
    enum ListName {
        PROVIDERS("key status/state value/desc"),
        REFERENCES("reference state resource_type resource_id field"),
        CONSUMERS("key value/custom_id"),
        ACCESS_LOG("hour runner provider path outcome version consumer credential count"),
        TOKENS("value/id value/name value/roles value/expires_at"),
        FINDINGS("urgency kind subjects message remedy");

        private final String columns;

        ListName(String columns) {
            this.columns = columns;
        }

        /** Returns the name on the command line and in the path. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Override
    public Integer call() throws Exception {
        Main main = (Main) spec.root().userObject();
        return new Startup(main.source()).withConfiguration(false, configuration -> {
            RunningRunner runner = new RunningRunner(configuration.control().dataDirectory());
            output.print(spec.commandLine().getOut(), all(runner), List.of(what.columns.split(" ", -1)));
            return 0;
        });
    }

    private ArrayNode all(RunningRunner runner) throws CannotStartException {
        ArrayNode all = JsonMapper.shared().createArrayNode();
        String path = "/admin/" + what;
        if (what == ListName.ACCESS_LOG) {
            return accesses(runner, path);
        }
        for (int page = 1; ; page++) {
            String query = "?page_size=" + PAGE + "&page=" + page;
            JsonNode answer = runner.ask("GET", path + query, null, "list");
            answer.path("list").forEach(all::add);
            if (all.size() >= answer.path("total").asInt()
                    || answer.path("list").isEmpty()) {
                return all;
            }
        }
    }

    /** Returns the access log of the last 24 hours, whose pages are chained. */
    private static ArrayNode accesses(RunningRunner runner, String path) throws CannotStartException {
        ArrayNode all = JsonMapper.shared().createArrayNode();
        String query = "?page_size=" + PAGE + "&from="
                + Instant.now().truncatedTo(ChronoUnit.HOURS).minus(Duration.ofHours(23));
        String cursor = "";
        while (true) {
            JsonNode answer = runner.ask("GET", path + query + cursor, null, "list");
            answer.path("list").forEach(all::add);
            if (!answer.path("next").isString()) {
                return all;
            }
            cursor = "&cursor=" + answer.path("next").stringValue();
        }
    }
}
