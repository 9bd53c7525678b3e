package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.Expected;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.ServerProcess;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.peers.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Our runner as distributed, started by its launcher.
 *
 * @param name the name in tables
 * @param launcher the launcher of the distribution
 * @param source the source of its credentials
 */
public record Runner(String name, Path launcher, CredentialSource source) implements Subject {
    private static final String EVENT_LOOPS = "transport";
    private static final String FILTER = "secret-key-auth";

    @Override
    public RunningSubject start(Processors processors, Path directory) throws IOException, InterruptedException {
        return start(processors, directory, FreePorts.next());
    }

    /** Starts it with its Admin API on a port. */
    public RunningSubject start(Processors processors, Path directory, int port)
            throws IOException, InterruptedException {
        return launch(processors, directory, source.prepare(directory, config(directory)), port);
    }

    /** Starts it again in the same directory, with its saved state and without secret manager. */
    public RunningSubject startAgain(Processors processors, Path directory) throws IOException, InterruptedException {
        return launch(processors, directory, SecretManager.NONE, FreePorts.next());
    }

    private RunningSubject launch(Processors processors, Path directory, SecretManager manager, int port)
            throws IOException, InterruptedException {
        Path socket = directory.resolve("runner.sock");
        return RunningSubject.await(
                launch(processors, launcher, config(directory), socket, port, source.heap()),
                new RunningSubject.Endpoint(socket, EVENT_LOOPS, source.credentials(), dialogues()),
                manager);
    }

    /**
     * Starts the launcher of a distribution, on the JDK of this process.
     *
     * @param config the configuration file, in its working directory
     * @param port the port of the Admin API
     * @param options for the JVM
     */
    public static ServerProcess launch(
            Processors processors, Path launcher, Path config, Path socket, int port, String options)
            throws IOException {
        return ServerProcess.start(
                processors,
                Objects.requireNonNull(config.getParent()),
                List.of(launcher.toString(), "--config", config.toString(), "--socket", socket.toString()),
                Map.of(
                        "SERVER_PORT", Integer.toString(port),
                        "SECRET_PROVIDERS_JAVA_HOME", System.getProperty("java.home"),
                        "SECRET_PROVIDERS_JAVA_OPTS", options));
    }

    private static Path config(Path directory) {
        return directory.resolve("application.yaml");
    }

    private static Map<Workload, Dialogue> dialogues() {
        RouteConf plain = RouteConf.of("orders", FILTER, "{}");
        RouteConf hiding = RouteConf.of("hiding", FILTER, "{\"hide_credentials\":true}");
        return Map.of(
                Workload.ACCEPTED, new Dialogue(plain, Expected.ACCEPTED),
                Workload.HIDDEN, new Dialogue(hiding, Expected.ACCEPTED_AND_HIDDEN),
                Workload.REJECTED, new Dialogue(plain, Expected.REFUSED),
                Workload.MISSING, new Dialogue(plain, Expected.REFUSED));
    }
}
