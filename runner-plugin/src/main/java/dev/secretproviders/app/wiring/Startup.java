package dev.secretproviders.app.wiring;

import dev.secretproviders.admin.operation.Operations;
import dev.secretproviders.app.control.CannotStartException;
import dev.secretproviders.app.control.ControlPlane;
import dev.secretproviders.app.logs.ConfiguredLogging;
import dev.secretproviders.app.logs.StartLog;
import dev.secretproviders.app.port.Ports;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.ConfigurationSource;
import dev.secretproviders.app.settings.Inspection;
import dev.secretproviders.app.takeover.TakeoverCall;
import dev.secretproviders.app.takeover.TakeoverSocket;
import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.limits.CheckedLookups;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.transport.socket.BoundSocket;
import dev.secretproviders.transport.socket.NettyLogging;
import dev.secretproviders.transport.socket.PassedSockets;
import dev.secretproviders.transport.socket.ServiceNotice;
import dev.secretproviders.transport.socket.TransportOptions;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Starts the runner, and then the management endpoints. Requests are served even if the endpoints cannot bind their port.
 */
public final class Startup {
    private final ConfigurationSource source;
    private final boolean takeover;

    /** Prepares a start. */
    public Startup(ConfigurationSource source) {
        this(source, false);
    }

    /**
     * Prepares a start.
     *
     * @param takeover whether to take over from the runner that runs, if there is one
     */
    public Startup(ConfigurationSource source, boolean takeover) {
        this.source = source;
        this.takeover = takeover;
    }

    /** An action on a configuration. */
    public interface Use<T> {
        /** Returns the result of the action. */
        T with(Configuration configuration) throws Exception;
    }

    /**
     * Reads and validates the configuration, starts nothing, and closes it afterwards.
     *
     * @param listens whether the socket's path is required
     * @throws InvalidSettingsException with every problem
     */
    public <T> T withConfiguration(boolean listens, Use<T> use) throws Exception {
        return withConfiguration(listens, Inspection.NONE, use);
    }

    /** Does the same, with additional checks before the use. */
    public <T> T withConfiguration(boolean listens, Inspection inspection, Use<T> use) throws Exception {
        ConfigurableEnvironment environment = environment(Map.of(
                "logging.structured.format.console",
                "",
                // A command prints what it did. A log line would repeat that.
                "logging.level.dev.secretproviders.audit.ChangeLines",
                "WARN"));
        try (Configuration configuration = Configuration.read(environment, source, listens, inspection)) {
            return use.with(configuration);
        }
    }

    /** Runs until the process is stopped. */
    public void run() throws Exception {
        Shutdown shutdown = new Shutdown();
        Runtime.getRuntime().addShutdownHook(new Thread(shutdown, "shutdown"));
        // Before the socket exists nothing may search the class path: that opens every jar and takes 50 ms.
        NettyLogging.warningsOnly();
        PassedSockets passed = passed();
        BoundSocket early = passed.isEmpty() && !takeover
                ? EarlySocket.open(source.file(), source.socketOption(), System.getenv())
                : null;
        shutdown.early(early);
        // The first right answer waits for the module's self-tests longer than for anything else.
        preloadModule();
        ReloadSignal.handle(() -> operations(shutdown.runner()));
        ConfigurableEnvironment environment = environment(Map.of());
        Configuration configuration = Configuration.read(environment, source, true, Inspection.NONE);
        StartLog.starting(source.file(), configuration);
        TakeoverCall call = takeover && passed.isEmpty() ? Succession.call(configuration) : null;
        Ports ports = call == null ? Ports.ofAStart() : new Ports();
        Runner runner = runner(configuration, passed, call != null);
        ManagementServer management = new ManagementServer(runner, environment, shutdown, ports);
        start(
                runner,
                early,
                call == null
                        ? null
                        : new Succession(runner, call, ports, management::start, () -> shutdown.openCommands(runner)),
                shutdown);
        StartLog.logWhenReady(runner.directory());
        // First, because the management endpoints take as much processor time as all that clients wait for.
        runner.awaitKeys();
        ServiceNotice.READY.send(System.getenv());
        shutdown.openCommands(runner);
        var _ = TakeoverSocket.open(
                runner.dataDirectory(), () -> sealer(runner), new HandOver(runner, shutdown, ports));
        management.run();
    }

    private static PassedSockets passed() throws CannotStartException {
        try {
            return PassedSockets.of(System.getenv());
        } catch (IOException e) {
            throw new CannotStartException(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Reads the configuration and sets up logging.
     *
     * @param defaults fields that the configuration may override
     */
    private ConfigurableEnvironment environment(Map<String, Object> defaults) {
        ConfiguredLogging.silence();
        try {
            ConfigurableEnvironment environment = source.read();
            environment.getPropertySources().addLast(new MapPropertySource("defaults", defaults));
            SpringApplication probe = new SpringApplication();
            ConfiguredLogging.apply(probe, environment);
            // Otherwise a mistake in this section would only prevent the management endpoints, later.
            var _ = Binder.get(environment).bind("spring.main", Bindable.ofInstance(probe));
            return environment;
        } catch (InvalidSettingsException e) {
            throw e;
        } catch (RuntimeException e) {
            throw unreadable(e);
        }
    }

    private static @Nullable Sealer sealer(Runner runner) {
        ControlPlane control = runner.control();
        return control == null ? null : control.sealer();
    }

    private static @Nullable Operations operations(@Nullable Runner runner) {
        ControlPlane control = runner == null ? null : runner.control();
        return control == null ? null : control.operations();
    }

    /** Begins to load the FIPS module in the background, unless there is only one processor. */
    public static void preloadModule() {
        if (Runtime.getRuntime().availableProcessors() > 1) {
            Thread.ofPlatform().daemon().name("fips-module").start(Startup::preload);
        }
    }

    /** Loads the FIPS module. The first user of the module reports it if it cannot be used. */
    private static void preload() {
        try {
            FipsModule _ = FipsModule.load();
        } catch (IllegalStateException e) {
            LoggerFactory.getLogger(Startup.class).debug("the FIPS module cannot be used", e);
        }
    }

    private static Runner runner(Configuration configuration, PassedSockets passed, boolean replacing)
            throws CannotStartException {
        if (!CheckedLookups.installed()) {
            configuration.close();
            throw new CannotStartException(
                    "the Java runtime does not look up host names through the runner, so the destinations of providers"
                            + " cannot be checked; start it with bin/secret-providers",
                    null);
        }
        TransportOptions transport = configuration.runner().transport().withPassed(passed);
        return Runner.of(configuration, replacing ? transport.withReplacing() : transport);
    }

    /** Starts the runner. The shutdown knows the runner before it listens. */
    private static void start(
            Runner runner, @Nullable BoundSocket early, @Nullable Succession succession, Shutdown shutdown)
            throws CannotStartException, InterruptedException {
        shutdown.runner(runner);
        boolean started = false;
        try {
            if (succession == null) {
                runner.start(early);
            } else {
                succession.takeOver();
            }
            started = true;
        } catch (IOException e) {
            throw new CannotStartException(String.valueOf(e.getMessage()), e);
        } finally {
            if (!started) {
                shutdown.runner(null);
                runner.close();
            }
            if (succession != null) {
                // Last: the old runner opens the store again if this one failed.
                succession.close();
            }
        }
    }

    /** Returns the error if Boot cannot read the configuration. The runner's own reading may give a better message. */
    private InvalidSettingsException unreadable(RuntimeException e) {
        try (Configuration _ = Configuration.read(source.read(), source, false, Inspection.NONE)) {
            LoggerFactory.getLogger(Startup.class).debug("Spring Boot cannot read the configuration", e);
        } catch (InvalidSettingsException better) {
            return better;
        } catch (RuntimeException same) {
            e.addSuppressed(same);
        }
        BindException field = Causes.find(e, BindException.class);
        return new InvalidSettingsException(List.of((field == null ? "--config" : field.getName())
                + ": Spring Boot cannot use it ("
                // The class name only: the message may quote a value.
                + e.getClass().getSimpleName() + "); look at the sections logging, management, server and spring,"
                + " and at the variables whose names begin with SPRING_"));
    }
}
