package dev.secretproviders.app.cli;

import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.wiring.Startup;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** The command {@code certificate}. */
@Command(
        name = "certificate",
        mixinStandardHelpOptions = true,
        description = "Certificates of the gateway.",
        subcommands = CertificateCommand.Export.class)
final class CertificateCommand {

    /** Has the running runner write a certificate into files. */
    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description =
                    "Write a certificate and its private key into files of mode 0600, in the directory certificates of the"
                            + " data directory. The audit log records it.")
    static final class Export implements Callable<Integer> {
        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "ID", description = "The id of the certificate.")
        private String id = "";

        @Override
        public Integer call() throws Exception {
            Main main = (Main) spec.root().userObject();
            return new Startup(main.source()).withConfiguration(false, configuration -> {
                RunningRunner runner = new RunningRunner(configuration.control().dataDirectory());
                String path = "/admin/certificates/"
                        + URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20") + "/export";
                for (JsonNode file : runner.ask("POST", path, null, "files").path("files")) {
                    spec.commandLine().getOut().println(file.asString());
                }
                return 0;
            });
        }
    }
}
