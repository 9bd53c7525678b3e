package dev.secretproviders.app;

import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.settings.InvalidSettingsException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

/**
 * The command line. Without a subcommand it runs the runner until SIGTERM.
 *
 * <p>Exit codes: 0 done; 1 it did not work (a reference does not resolve, the socket cannot be served); 2 the command line or
 * the configuration is wrong.
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
            CompactCommand.class
        })
public final class Main implements Callable<Integer> {
    private static final List<String> HTTP_KEEP_ALIVE =
            List.of("jdk.httpclient.keepalive.timeout", "http.keepAlive.time.server");
    static final int FAILED = 1;
    static final int WRONG_CONFIGURATION = 2;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            scope = CommandLine.ScopeType.INHERIT,
            description = "the configuration; without it only defaults and the environment count")
    @Nullable
    Path config;

    @Option(
            names = "--socket",
            paramLabel = "PATH",
            description = "where APISIX connects; default: APISIX_LISTEN_ADDRESS, then runner.socket.path")
    @Nullable
    String socket;

    @Option(names = "--check", description = "validate the configuration, say everything that is wrong, and exit")
    boolean check;

    /** Runs the command line and exits the process. */
    public static void main(String[] arguments) {
        closeIdleHttpConnections();
        int code = new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, commandLine, _) -> report(e, commandLine))
                .execute(arguments);
        System.exit(code);
    }

    /**
     * The JDK's two HTTP clients keep what a connection received last for as long as it is open, and that may be a secret. They
     * read these properties (seconds) once, when they are used first; an operator's own value stays.
     */
    private static void closeIdleHttpConnections() {
        for (String property : HTTP_KEEP_ALIVE) {
            if (System.getProperty(property) == null) {
                System.setProperty(property, "2");
            }
        }
    }

    @Override
    public Integer call() throws Exception {
        Startup startup = new Startup(config, socket);
        if (!check) {
            startup.run();
            return 0;
        }
        return startup.withConfiguration(true, configuration -> {
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

    private static int report(Exception e, CommandLine commandLine) throws Exception {
        if (e instanceof InvalidSettingsException || e instanceof CannotStartException) {
            commandLine.getErr().println(e.getMessage());
            return e instanceof InvalidSettingsException ? WRONG_CONFIGURATION : FAILED;
        }
        throw e;
    }

    /** For {@code --version}. */
    static final class ProductVersion implements IVersionProvider {
        @Override
        public String[] getVersion() {
            FipsModule module = FipsModule.load();
            return new String[] {
                "secret-providers " + Version.text(),
                module.name() + " " + module.version() + ", approved only: " + module.approvedOnly() + ", status: "
                        + module.status()
            };
        }
    }
}
