package dev.secretproviders.app.wiring;

import dev.secretproviders.app.port.Ports;
import dev.secretproviders.provider.shared.Causes;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.boot.support.EnvironmentPostProcessorApplicationListener;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.env.ConfigurableEnvironment;

/** The thread that starts the Admin API and the management endpoints, and tries again if they cannot start. */
final class ManagementServer {
    private static final Duration TRY_AGAIN = Duration.ofSeconds(5);

    private final Runner runner;
    private final ConfigurableEnvironment environment;
    private final Shutdown shutdown;
    private final Ports ports;
    private final FutureTask<Void> serving = new FutureTask<>(this::serve);
    private boolean started;

    ManagementServer(Runner runner, ConfigurableEnvironment environment, Shutdown shutdown, Ports ports) {
        this.runner = runner;
        this.environment = environment;
        this.shutdown = shutdown;
        this.ports = ports;
    }

    /** Begins. Does nothing if it has begun. Used by one thread. */
    void start() {
        if (!started) {
            started = true;
            Thread.ofPlatform().name("management").start(serving);
        }
    }

    /** Serves until the process is stopped. */
    void run() throws InterruptedException, ExecutionException {
        start();
        serving.get();
    }

    private Void serve() throws InterruptedException {
        while (true) {
            try {
                shutdown.management(application().run());
                ports.prepared();
                new CountDownLatch(1).await();
            } catch (RuntimeException e) {
                ports.prepared();
                LoggerFactory.getLogger(ManagementServer.class)
                        .atWarn()
                        .addKeyValue("event", "management.unavailable")
                        .log("health and metrics are not served, requests are: {}. Trying again", reason(e));
                Thread.sleep(TRY_AGAIN);
            }
        }
    }

    private static String reason(Throwable failure) {
        PortInUseException port = Causes.find(failure, PortInUseException.class);
        return port == null
                ? String.valueOf(failure.getMessage())
                : "port " + port.getPort() + " is in use; stop its process, or set server.port to another and restart";
    }

    /** Returns the management endpoints, with the configuration that the runner has. Boot must not read it again. */
    private SpringApplication application() {
        SpringApplication application = new SpringApplication(Management.class);
        application.setEnvironment(environment);
        application.setListeners(application.getListeners().stream()
                .filter(listener -> !(listener instanceof EnvironmentPostProcessorApplicationListener
                        || listener instanceof LoggingApplicationListener))
                .toList());
        application.setRegisterShutdownHook(false);
        application.setLogStartupInfo(false);
        application.addInitializers(context -> {
            context.getBeanFactory().registerSingleton("runner", runner);
            context.getBeanFactory().registerSingleton("ports", ports);
        });
        return application;
    }
}
