package dev.secretproviders.gateway.server;

import dev.secretproviders.gateway.RunnerClient;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Starts a gateway or an upstream from the command line; both run until SIGTERM. */
@Command(
        name = "gateway-stand-in",
        version = "gateway-stand-in for Apache APISIX 3.18",
        description = "Stands in for Apache APISIX in front of an external plugin runner. For tests and demos.",
        mixinStandardHelpOptions = true,
        subcommands = CommandLine.HelpCommand.class)
public final class Main {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli
    private CommandSpec spec;

    private Main() {}

    /** Runs until SIGTERM, or exits with 1 or 2 and a message. */
    public static void main(String[] args) {
        // Virtual threads have no name to show.
        System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
        int code = new CommandLine(new Main())
                .registerConverter(InetSocketAddress.class, new ListenAddress())
                .setExecutionExceptionHandler((failure, command, _) -> {
                    command.getErr().println(failure.getMessage());
                    return CommandLine.ExitCode.SOFTWARE;
                })
                .execute(args);
        if (code != CommandLine.ExitCode.OK) {
            System.exit(code);
        }
        // Otherwise a listening server keeps the process alive.
    }

    @Command(
            name = "gateway",
            version = "gateway-stand-in for Apache APISIX 3.18",
            description = "Serves the routes of a file, asking the runner.",
            mixinStandardHelpOptions = true)
    void gateway(
            @Option(names = "--socket", required = true, description = "The runner's Unix socket.") Path socket,
            @Option(
                            names = "--listen",
                            defaultValue = "127.0.0.1:9080",
                            description = "Address and port to serve on (default: ${DEFAULT-VALUE}).")
                    InetSocketAddress listen,
            @Option(names = "--routes", required = true, description = "YAML or JSON file with the routes.")
                    Path routes,
            @Option(
                            names = "--workers",
                            defaultValue = "1",
                            description = "Workers, each with its own connections (default: ${DEFAULT-VALUE}).")
                    int workers)
            throws IOException {
        if (workers < 1) {
            throw new ParameterException(spec.commandLine(), "--workers must be at least 1");
        }
        GatewayServer gateway = GatewayServer.start(
                listen, socket, RunnerClient.Options.DEFAULT.withWorkers(workers), RouteFile.read(routes));
        ready(gateway, "gateway ready on " + gateway.uri() + ", runner at " + socket);
    }

    @Command(
            name = "upstream",
            version = "gateway-stand-in for Apache APISIX 3.18",
            description = "Answers each request with the received request as JSON.",
            mixinStandardHelpOptions = true)
    void upstream(
            @Option(
                            names = "--listen",
                            defaultValue = "127.0.0.1:1980",
                            description = "Address and port to serve on (default: ${DEFAULT-VALUE}).")
                    InetSocketAddress listen)
            throws IOException {
        EchoUpstream upstream = EchoUpstream.start(listen);
        ready(upstream, "upstream ready on " + upstream.uri());
    }

    private void ready(Closeable server, String line) {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            try {
                server.close();
            } catch (IOException _) {
                // The process ends anyway.
            }
        }));
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }

    private static final class ListenAddress implements ITypeConverter<InetSocketAddress> {
        @Override
        public InetSocketAddress convert(String value) {
            int colon = value.lastIndexOf(':');
            try {
                return new InetSocketAddress(value.substring(0, colon), Integer.parseInt(value.substring(colon + 1)));
            } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
                throw new TypeConversionException("'" + value + "' is no address such as 127.0.0.1:9080");
            }
        }
    }
}
