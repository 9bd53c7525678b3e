package dev.secretproviders.app.cli.declared;

import dev.secretproviders.app.cli.call.AdminConnection;
import dev.secretproviders.app.cli.declared.ObjectKind.Existing;
import dev.secretproviders.app.cli.output.ExitCode;
import dev.secretproviders.app.cli.output.Output;
import dev.secretproviders.app.cli.output.Progress;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.store.PrivateFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The command {@code dump}. */
@Command(
        name = "dump",
        mixinStandardHelpOptions = true,
        description =
                "Write the providers, certificates and tokens of a runner in the form that apply reads. Secrets are shown as"
                        + " ***, and apply keeps what the runner has there.")
public final class DumpCommand extends AdminCommand {
    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "a new file to write; without it, the output")
    private @Nullable Path file;

    @Option(
            names = {"-o", "--output"},
            defaultValue = "yaml",
            description = "yaml or json (${DEFAULT-VALUE})")
    private Format format = Format.YAML;

    /** The formats of such a file. */
    enum Format {
        YAML(Output.YAML),
        JSON(Output.JSON);

        private final Output output;

        Format(Output output) {
            this.output = output;
        }
    }

    @Override
    int run(AdminConnection connection) throws CannotStartException {
        StringWriter text = new StringWriter();
        format.output.print(new PrintWriter(text), tree(connection));
        if (file == null) {
            spec().commandLine().getOut().print(text);
            spec().commandLine().getOut().flush();
            return ExitCode.DONE;
        }
        try {
            PrivateFiles.create(file, text.toString().getBytes(StandardCharsets.UTF_8));
            return ExitCode.DONE;
        } catch (IOException e) {
            throw new CannotStartException(
                    "'" + file + "' cannot be written: there must be no such file yet, and this user must be allowed to"
                            + " create it",
                    e);
        }
    }

    private ObjectNode tree(AdminConnection connection) throws CannotStartException {
        ObjectNode tree = JsonMapper.shared().createObjectNode();
        PrintWriter err = spec().commandLine().getErr();
        for (ObjectKind kind : Planner.kinds(connection)) {
            AdminConnection.Reply allowed = kind.get("/admin/" + kind.section() + "?page_size=10");
            if (allowed.status() == 403) {
                err.println(kind.section() + " are left out: " + Output.plain(allowed.problem()));
                err.flush();
                continue;
            }
            ObjectNode section = tree.putObject(kind.section());
            Map<String, Existing> all = kind.existing();
            Progress progress = new Progress(err, kind.section() + " read", all.size());
            for (Map.Entry<String, Existing> entry : all.entrySet()) {
                // Not what belongs to this runner alone: its configuration file, its first token, the caller's own.
                if (!entry.getValue().alwaysThere()) {
                    section.set(
                            entry.getKey(),
                            kind.read(entry.getKey(), entry.getValue()).fields());
                }
                progress.step();
            }
        }
        return tree;
    }
}
