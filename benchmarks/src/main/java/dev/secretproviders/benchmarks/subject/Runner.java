package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.Expected;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.ServerProcess;
import dev.secretproviders.gateway.RouteConf;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Our runner as it is distributed, started by its launcher.
 *
 * @param name in tables
 * @param launcher of the distribution
 * @param source where its credentials come from
 */
public record Runner(String name, Path launcher, CredentialSource source) implements Subject {
    private static final String EVENT_LOOPS = "transport";
    private static final String FILTER = "secret-key-auth";

    @Override
    public RunningSubject start(Processors processors, Path directory) throws IOException, InterruptedException {
        return launch(processors, directory, source.prepare(directory, config(directory)));
    }

    /** Starts it where it was started before, with what it left behind and no secret manager. */
    public RunningSubject startAgain(Processors processors, Path directory) throws IOException, InterruptedException {
        return launch(processors, directory, SecretManager.NONE);
    }

    private RunningSubject launch(Processors processors, Path directory, SecretManager manager)
            throws IOException, InterruptedException {
        Path socket = directory.resolve("runner.sock");
        List<String> command =
                List.of(launcher.toString(), "--config", config(directory).toString(), "--socket", socket.toString());
        Map<String, String> environment = Map.of(
                "SERVER_PORT", Integer.toString(freePort()),
                "SECRET_PROVIDERS_JAVA_HOME", System.getProperty("java.home"),
                "SECRET_PROVIDERS_JAVA_OPTS", source.heap());
        return RunningSubject.await(
                ServerProcess.start(processors, directory, command, environment),
                new RunningSubject.Endpoint(socket, EVENT_LOOPS, source.credentials(), dialogues()),
                manager);
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

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
