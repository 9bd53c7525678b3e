package dev.secretproviders.app.cli;

import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.wiring.Startup;
import java.io.Console;
import java.net.URI;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** The command {@code dashboard}, which makes a link that logs in. */
@Command(
        name = "dashboard",
        mixinStandardHelpOptions = true,
        description = "The dashboard of the running runner.",
        subcommands = DashboardCommand.Link.class)
final class DashboardCommand {
    /** Prints a link that logs in once. */
    @Command(
            name = "link",
            mixinStandardHelpOptions = true,
            description =
                    "Print a link that logs in to the dashboard as an admin, once and within a minute. It is printed to a"
                            + " terminal only, since every reader can log in.")
    static final class Link implements Callable<Integer> {
        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        @SuppressWarnings("SystemConsoleNull") // Without a terminal, it is null in Java 25 again.
        public Integer call() throws Exception {
            Main main = (Main) spec.root().userObject();
            Console console = System.console();
            if (console == null || !console.isTerminal()) {
                throw new CannotStartException(
                        "the link is printed to a terminal only, because every reader can log in; call this in a"
                                + " terminal, without a pipe",
                        null);
            }
            return new Startup(main.source()).withConfiguration(false, configuration -> {
                spec.commandLine().getOut().println(link(configuration));
                return 0;
            });
        }
    }

    /**
     * Returns a new link.
     *
     * @throws CannotStartException if there is no dashboard, or the runner does not answer
     */
    static String link(Configuration configuration) throws CannotStartException {
        if (!configuration.control().dashboard().enabled()) {
            throw new CannotStartException("the dashboard is not served: dashboard.enabled is false", null);
        }
        URI url = configuration.control().dashboard().url();
        URI base = url == null ? configuration.server().onThisMachine() : url;
        if (base == null) {
            throw new CannotStartException(
                    "the address of the dashboard is not known, because server.port is 0; set dashboard.url, or a port",
                    null);
        }
        RunningRunner runner = new RunningRunner(configuration.control().dataDirectory());
        JsonNode made = runner.ask("POST", "/admin/login-links", null, "code");
        return base + made.path("path").asString() + "#code="
                + made.path("code").asString();
    }
}
