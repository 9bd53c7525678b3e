package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.floor.FloorServer;
import dev.secretproviders.benchmarks.load.Expected;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.ServerProcess;
import dev.secretproviders.gateway.RouteConf;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The server that gives every request the same accepting answer. */
public final class Floor implements Subject {
    @Override
    public String name() {
        return "floor";
    }

    @Override
    public RunningSubject start(Processors processors, Path directory) throws IOException, InterruptedException {
        Path socket = directory.resolve("floor.sock");
        List<String> command = JvmCommand.of()
                // As in the runner's launcher.
                .options("-XX:+UseCompactObjectHeaders")
                .classpath(System.getProperty("java.class.path"))
                .main(FloorServer.class.getName(), socket.toString(), Credentials.name(0));
        ServerProcess process = ServerProcess.start(processors, directory, command, Map.of());
        Dialogue dialogue = Dialogue.ofKeys(
                RouteConf.of("floor", "any", "{}"), Workload.ACCEPTED, new Credentials(1), Expected.CONSTANT);
        return RunningSubject.await(
                process,
                new RunningSubject.Endpoint(socket, FloorServer.THREADS, Map.of(Workload.ACCEPTED, dialogue)),
                SecretManager.NONE);
    }
}
