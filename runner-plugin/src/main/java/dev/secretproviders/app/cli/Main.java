package dev.secretproviders.app.cli;

import dev.secretproviders.app.cli.call.Invocation;
import dev.secretproviders.app.cli.check.CheckCommand;
import dev.secretproviders.app.cli.declared.ApplyCommand;
import dev.secretproviders.app.cli.declared.DiffCommand;
import dev.secretproviders.app.cli.declared.DumpCommand;
import dev.secretproviders.app.cli.document.DocumentException;
import dev.secretproviders.app.cli.output.ExitCode;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.settings.ConfigurationSource;
import dev.secretproviders.app.settings.Version;
import dev.secretproviders.app.wiring.Startup;
import dev.secretproviders.settings.InvalidSettingsException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

/**
 * The command line. Without a subcommand it runs the runner until SIGTERM.
 *
 * <p>Exit codes are those of {@link ExitCode}. The distribution's launcher answers {@code --version} and {@code --help}
 * without this class, from the texts that {@link TextsCommand} writes.
 */
@Command(
        name = "secret-providers",
        mixinStandardHelpOptions = true,
        versionProvider = Main.ProductVersion.class,
        description = "Authenticates Apache APISIX requests with keys kept in secret managers.",
        subcommands = {
            ResolveCommand.class,
            AuditCommand.class,
            BackupCommand.class,
            RestoreCommand.class,
            RekeyCommand.class,
            CompactCommand.class,
            TokenCommand.class,
            ListCommand.class,
            ReloadCommand.class,
            DashboardCommand.class,
            CertificateCommand.class,
            MigrateCommand.class,
            CheckCommand.class,
            DiffCommand.class,
            ApplyCommand.class,
            DumpCommand.class,
            CompletionCommand.class,
            TextsCommand.class
        })
public final class Main implements Callable<Integer>, Invocation {
    /**
     * Properties that libraries read once, at their first use. An operator's own values stay. The JDK's two HTTP
     * clients keep the last bytes of an open connection in memory, and those may hold a secret. So idle connections
     * close after two seconds, or when those clients next check. Netty's leak detection samples one buffer in 128 and
     * takes a tenth of each request's time, so it is on only in tests.
     */
    private static final Map<String, String> DEFAULTS = Map.of(
            "jdk.httpclient.keepalive.timeout", "2",
            "http.keepAlive.time.server", "2",
            "io.netty.leakDetection.level", "disabled",
            // So that Boot does not search for other logging systems, which delays the start.
            "org.springframework.boot.logging.LoggingSystem",
                    "org.springframework.boot.logging.logback.LogbackLoggingSystem");

    /** Properties that make the JDK print whole requests to standard error, past all loggers. */
    private static final List<String> TALKATIVE = List.of(
            "jdk.internal.httpclient.debug",
            "jdk.internal.httpclient.hpack.debug",
            "jdk.internal.httpclient.websocket.debug");

    static final int FAILED = ExitCode.FAILED;
    static final int WRONG_CONFIGURATION = ExitCode.WRONG;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            scope = CommandLine.ScopeType.INHERIT,
            description = "the configuration; without it only defaults and the environment apply")
    @Nullable
    Path config;

    @Option(
            names = "--socket",
            paramLabel = "PATH",
            description = "where APISIX connects; default: APISIX_LISTEN_ADDRESS, then runner.socket.path")
    @Nullable
    String socket;

    @Option(names = "--check", description = "validate the configuration, report every problem, and exit")
    boolean check;

    @Option(names = "--connect", description = "with --check: also try to connect to the servers that it names")
    boolean connect;

    @Option(names = "--takeover", description = "take over from the runner that runs here, without refusing a request")
    boolean takeover;

    /** Runs the command line and exits the process. */
    public static void main(String[] arguments) {
        TALKATIVE.forEach(System::clearProperty);
        DEFAULTS.forEach((name, value) -> System.getProperties().putIfAbsent(name, value));
        preferEpoll();
        Main plain = plain(arguments);
        System.exit(plain == null ? commandLine().execute(arguments) : plain.run());
    }

    /** Returns the whole command line. */
    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, command, _) ->
                        report(e, command.getErr(), command.getCommandSpec().exitCodeOnExecutionException()));
    }

    /**
     * Sets the JDK's default selector on Linux. Otherwise the JDK searches every jar for it before the socket exists.
     */
    private static void preferEpoll() {
        String epoll = "sun.nio.ch.EPollSelectorProvider";
        try {
            var _ = Class.forName(epoll, false, null).getConstructor();
            System.getProperties().putIfAbsent("java.nio.channels.spi.SelectorProvider", epoll);
        } catch (ReflectiveOperationException e) {
            // Another operating system, or a later runtime, which finds its own.
        }
    }

    /**
     * Parses the two options of a start as a service. Returns null if there are other arguments. Clients wait while the
     * runner starts, and picocli takes a quarter of a second of processor time.
     */
    static @Nullable Main plain(String... arguments) {
        Main main = new Main();
        for (int i = 0; i < arguments.length; i++) {
            String option = arguments[i];
            int equals = option.indexOf('=');
            if (equals < 0 && ++i == arguments.length) {
                return null;
            }
            String value = equals < 0 ? arguments[i] : option.substring(equals + 1);
            String name = equals < 0 ? option : option.substring(0, equals);
            if (value.isEmpty() || value.charAt(0) == '-') {
                return null;
            } else if (name.equals("--config") && main.config == null) {
                main.config = Path.of(value);
            } else if (name.equals("--socket") && main.socket == null) {
                main.socket = value;
            } else {
                return null;
            }
        }
        return main;
    }

    /** Runs {@link #call} in the same way as picocli. */
    private int run() {
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        try {
            try {
                return call();
            } catch (Exception e) {
                return report(e, err, FAILED);
            }
        } catch (Exception e) {
            e.printStackTrace(err);
            return FAILED;
        }
    }

    @Override
    public ConfigurationSource source() {
        return new ConfigurationSource(config, null);
    }

    @Override
    public Integer call() throws Exception {
        Startup startup = new Startup(new ConfigurationSource(config, socket), takeover);
        if (!check) {
            if (connect) {
                System.err.println("--connect goes with --check");
                return WRONG_CONFIGURATION;
            }
            startup.run();
            return 0;
        }
        return startup.withConfiguration(true, new Check(connect, System.getenv()), configuration -> {
            if (!configuration.jarProblems().isEmpty()) {
                System.err.println(String.join(System.lineSeparator(), configuration.jarProblems()));
                System.err.println("The runner would start without the above.");
                return WRONG_CONFIGURATION;
            }
            System.out.println("The configuration is valid: "
                    + configuration.providers().all().size() + " providers, consumers from "
                    + configuration.consumers().status().name() + ".");
            return 0;
        });
    }

    /**
     * Prints what kept a command from its work.
     *
     * @param failed the command's exit code if it cannot do its work
     */
    private static int report(Exception e, PrintWriter err, int failed) throws Exception {
        if (e instanceof InvalidSettingsException
                || e instanceof DocumentException
                || e instanceof CannotStartException) {
            err.println(e.getMessage());
            err.flush();
            return e instanceof CannotStartException ? failed : WRONG_CONFIGURATION;
        }
        throw e;
    }

    /** Provides the text of {@code --version}. */
    static final class ProductVersion implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return Version.lines().toArray(String[]::new);
        }
    }
}
