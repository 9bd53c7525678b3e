package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.Expected;
import dev.secretproviders.benchmarks.process.Processors;
import dev.secretproviders.benchmarks.process.ServerProcess;
import dev.secretproviders.gateway.RouteConf;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The official Java runner 0.4.0, the published jar, with one of our two filters.
 *
 * @param filter the filter
 * @param jars the paths of its jar and the filters' jar
 */
public record Peer(Filter filter, Jars jars, Credentials credentials) implements Subject {
    /** Netty's own name for threads of an epoll group; the second group reads and answers. */
    private static final String EVENT_LOOPS = "epollEventLoopGroup";

    /** The filters. */
    public enum Filter {
        /** Does nothing. */
        NOOP("runner 0.4.0, no-op"),
        /** Looks keys up in a HashMap. */
        KEYS("runner 0.4.0, HashMap");

        private final String title;

        Filter(String title) {
            this.title = title;
        }

        private Map<Workload, Dialogue> dialogues(Credentials credentials) {
            return switch (this) {
                case NOOP -> Map.of(Workload.ACCEPTED, dialogue(Workload.ACCEPTED, credentials, Expected.UNCHANGED));
                case KEYS ->
                    Map.of(
                            Workload.ACCEPTED, dialogue(Workload.ACCEPTED, credentials, Expected.ACCEPTED),
                            Workload.REJECTED, dialogue(Workload.REJECTED, credentials, Expected.REFUSED),
                            Workload.MISSING, dialogue(Workload.MISSING, credentials, Expected.REFUSED));
            };
        }

        private Dialogue dialogue(Workload workload, Credentials credentials, Expected expected) {
            return Dialogue.ofKeys(route(), workload, credentials, expected);
        }

        private RouteConf route() {
            return RouteConf.of("peer", this == NOOP ? "noop" : "keys", "{}");
        }
    }

    /**
     * The jars.
     *
     * @param runner apisix-runner-starter
     * @param filters module benchmarks/peer
     */
    public record Jars(Path runner, Path filters) {}

    @Override
    public String name() {
        return filter.title;
    }

    @Override
    public RunningSubject start(Processors processors, Path directory) throws IOException, InterruptedException {
        Path keys = directory.resolve("keys.txt");
        try (BufferedWriter out = Files.newBufferedWriter(keys)) {
            for (int i = 0; i < credentials.count(); i++) {
                out.write(Credentials.key(i) + " " + Credentials.name(i) + "\n");
            }
        }
        Path socket = directory.resolve("peer.sock");
        List<String> command = JvmCommand.of()
                .options(
                        "-Xmx512m",
                        "-Dloader.path=" + jars.filters(),
                        "-Dlogging.level.root=WARN",
                        "-Dpeer.keys=" + keys)
                .jar(jars.runner());
        RunningSubject.Endpoint endpoint =
                new RunningSubject.Endpoint(socket, EVENT_LOOPS, filter.dialogues(credentials));
        ServerProcess process = ServerProcess.start(
                processors,
                directory,
                command,
                Map.of("APISIX_LISTEN_ADDRESS", "unix:" + socket, "APISIX_CONF_EXPIRE_TIME", "3600"));
        return RunningSubject.await(process, endpoint, SecretManager.NONE);
    }
}
