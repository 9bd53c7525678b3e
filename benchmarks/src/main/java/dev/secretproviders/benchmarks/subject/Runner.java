package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.ServerProcess;
import dev.secretproviders.peers.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
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

    @Override
    public RunningSubject start(Processors processors, Path directory) throws IOException, InterruptedException {
        return start(processors, directory, FreePorts.next());
    }

    /** Starts it with its Admin API on a port. */
    public RunningSubject start(Processors processors, Path directory, int port)
            throws IOException, InterruptedException {
        return launch(processors, directory, List.of(), source.prepare(directory, config(directory)), port);
    }

    /** Starts it again in the same directory, with its saved state and without secret manager. */
    public RunningSubject startAgain(Processors processors, Path directory) throws IOException, InterruptedException {
        return startAgain(processors, directory, List.of());
    }

    /**
     * Starts it again by a command that executes what follows it, such as {@code nice}.
     *
     * @param by the words of that command, or none
     */
    public RunningSubject startAgain(Processors processors, Path directory, List<String> by)
            throws IOException, InterruptedException {
        return launch(processors, directory, by, SecretManager.NONE, FreePorts.next());
    }

    private RunningSubject launch(
            Processors processors, Path directory, List<String> by, SecretManager manager, int port)
            throws IOException, InterruptedException {
        Path socket = directory.resolve("runner.sock");
        // Its texts are made before the start, whose time is measured.
        RunningSubject.Endpoint endpoint = new RunningSubject.Endpoint(socket, EVENT_LOOPS, source.dialogues());
        List<String> command = new ArrayList<>(by);
        command.addAll(command(launcher, config(directory), socket));
        return RunningSubject.await(
                ServerProcess.start(processors, directory, command, environment(port, source.heap())),
                endpoint,
                manager);
    }

    /**
     * Starts the launcher of a distribution, on the JDK of this process.
     *
     * @param config the configuration file, in its working directory
     * @param port the port of the Admin API
     * @param options for the JVM
     * @param more further words of the command line
     */
    public static ServerProcess launch(
            Processors processors, Path launcher, Path config, Path socket, int port, String options, String... more)
            throws IOException {
        List<String> command = new ArrayList<>(command(launcher, config, socket));
        command.addAll(List.of(more));
        return ServerProcess.start(
                processors, Objects.requireNonNull(config.getParent()), command, environment(port, options));
    }

    /** Returns the command that starts the launcher of a distribution. */
    public static List<String> command(Path launcher, Path config, Path socket) {
        return List.of(launcher.toString(), "--config", config.toString(), "--socket", socket.toString());
    }

    /** Returns the variables for that command. */
    public static Map<String, String> environment(int port, String options) {
        return Map.of(
                "SERVER_PORT", Integer.toString(port),
                "SECRET_PROVIDERS_JAVA_HOME", System.getProperty("java.home"),
                "SECRET_PROVIDERS_JAVA_OPTS", options);
    }

    private static Path config(Path directory) {
        return directory.resolve("application.yaml");
    }
}
