package dev.secretproviders.app.cli.check;

import dev.secretproviders.app.cli.call.AdminConnection;
import dev.secretproviders.app.cli.call.AdminOptions;
import dev.secretproviders.app.cli.call.Invocation;
import dev.secretproviders.app.cli.call.LocalConnection;
import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.cli.document.DocumentException;
import dev.secretproviders.app.cli.output.ExitCode;
import dev.secretproviders.app.cli.output.Output;
import dev.secretproviders.app.cli.output.Paint;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.ConfigurationSource;
import dev.secretproviders.app.wiring.Startup;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code check}. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        // Not 1, which says that a reference does not resolve.
        exitCodeOnExecutionException = ExitCode.WRONG,
        description =
                "Resolve every reference in a gateway's configuration, and say which do not resolve, why and where. No secret is"
                        + " shown. Exit code 0 if all resolve, 1 if one does not, 2 if that cannot be told.")
public final class CheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private AdminOptions admin = new AdminOptions();

    @Option(names = "--apisix-yaml", paramLabel = "FILE", description = "apisix.yaml or apisix.json of standalone mode")
    private List<Path> apisixFiles = List.of();

    @Option(names = "--adc", paramLabel = "FILE", description = "a file of ADC")
    private List<Path> adcFiles = List.of();

    @Option(
            names = "--crd",
            paramLabel = "PATH",
            description = "manifests for the APISIX Ingress Controller: a file, or a directory with those below it")
    private List<Path> manifests = List.of();

    @Option(
            names = "--namespace",
            paramLabel = "NAME",
            description = "the namespace of manifests of --crd that name none")
    private @Nullable String namespace;

    @Option(names = "--etcd", description = "the etcd of APISIX that the section consumers.etcd names")
    private boolean etcd;

    @Option(
            names = "--no-fetch",
            description = "look at the grammar, the providers and their rules only, and ask no secret manager")
    private boolean noFetch;

    @Option(names = "--no-literals", description = "a key that stands in the configuration itself is an error")
    private boolean noLiterals;

    @Option(
            names = "--timeout",
            defaultValue = "15",
            description = "seconds to wait for the answer about one reference (${DEFAULT-VALUE})")
    private int timeoutSeconds;

    @Option(
            names = {"-o", "--output"},
            defaultValue = "text",
            description = "text, json, yaml or junit (${DEFAULT-VALUE})")
    private Format format = Format.TEXT;

    /** The formats of the report. */
    enum Format {
        TEXT,
        JSON,
        YAML,
        JUNIT
    }

    @Override
    public Integer call() throws Exception {
        if (apisixFiles.isEmpty() && adcFiles.isEmpty() && manifests.isEmpty() && !etcd) {
            throw new ParameterException(
                    spec.commandLine(), "name what to check: --apisix-yaml, --adc, --crd or --etcd");
        }
        if (timeoutSeconds < 1) {
            throw new ParameterException(spec.commandLine(), "--timeout: expected 1 or more seconds");
        }
        List<Use> uses = new ArrayList<>(files());
        ConfigurationSource source = Invocation.of(spec).source();
        if (admin.named() && !etcd) {
            return admin.with(source, connection -> report(uses, new RunnerResolving(connection, patience())));
        }
        admin.requireNamed();
        return new Startup(source).withConfiguration(false, configuration -> check(uses, configuration));
    }

    private List<Use> files() throws DocumentException {
        CheckedFiles files = new CheckedFiles(System.getenv());
        apisixFiles.forEach(files::readApisix);
        adcFiles.forEach(files::readAdc);
        manifests.forEach(path -> files.readManifests(path, namespace));
        return files.uses();
    }

    private int check(List<Use> uses, Configuration configuration) throws CannotStartException, InterruptedException {
        if (etcd) {
            uses.addAll(GatewayUses.read(configuration, patience()));
        }
        Path data = configuration.control().dataDirectory();
        if (admin.named()) {
            try (AdminConnection connection = admin.connection(System.getenv())) {
                return report(uses, new RunnerResolving(connection, patience()));
            }
        }
        // A running runner also knows the providers of its store.
        return report(
                uses,
                new RunningRunner(data).present()
                        ? new RunnerResolving(new LocalConnection(data), patience())
                        : new ConfiguredResolving(configuration, patience()));
    }

    private Duration patience() {
        return Duration.ofSeconds(timeoutSeconds);
    }

    private int report(List<Use> uses, Resolving resolving) throws CannotStartException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        err.println((noFetch ? "Providers are those of " : "Resolved by ") + Output.plain(resolving.name()) + ".");
        err.flush();
        Report report = new Report(Judge.judge(uses, resolving, noLiterals, !noFetch, err), !noFetch);
        switch (format) {
            case TEXT -> report.print(out, Paint.ofTerminal());
            case JSON -> Output.JSON.print(out, report.tree());
            case YAML -> Output.YAML.print(out, report.tree());
            case JUNIT -> out.print(JUnitXml.of(report));
        }
        out.flush();
        if (format != Format.TEXT) {
            // A pipeline keeps the report as a file, and shows this.
            report.print(err, Paint.none());
        }
        return report.well() ? ExitCode.DONE : ExitCode.FAILED;
    }
}
