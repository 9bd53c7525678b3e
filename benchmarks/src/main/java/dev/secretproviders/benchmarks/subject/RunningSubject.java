package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.Exchange;
import dev.secretproviders.benchmarks.process.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** A server that runs and answers. It is killed when closed. Not thread-safe. */
public final class RunningSubject implements AutoCloseable {
    /**
     * A server that is right about these has come up, since ours refuses a key that is nobody's only when it knows all. About the
     * other workloads it is asked as well before anything is measured.
     */
    private static final List<Workload> KEYS = List.of(Workload.ACCEPTED, Workload.REJECTED);

    private final ServerProcess process;
    private final Endpoint endpoint;
    private final SecretManager manager;
    private final StartUp startUp;

    private RunningSubject(ServerProcess process, Endpoint endpoint, SecretManager manager, StartUp startUp) {
        this.process = process;
        this.endpoint = endpoint;
        this.manager = manager;
        this.startUp = startUp;
    }

    /**
     * How to talk with a server.
     *
     * @param socket where it listens
     * @param eventLoops how the names of its event loops' threads begin
     * @param dialogues the workloads that it can be asked about
     */
    record Endpoint(Path socket, String eventLoops, Credentials credentials, Map<Workload, Dialogue> dialogues) {
        Endpoint {
            dialogues = Map.copyOf(dialogues);
        }

        Exchange exchange(Workload workload) throws IOException {
            Dialogue dialogue = dialogues.get(workload);
            if (dialogue == null) {
                throw new IllegalArgumentException("this subject has no answer to " + workload);
            }
            return dialogue.ask(socket, workload, credentials);
        }
    }

    /**
     * Waits until a process that was just started answers rightly; one that does not is killed.
     *
     * @param manager where its secrets come from; closed with it
     */
    static RunningSubject await(ServerProcess process, Endpoint endpoint, SecretManager manager)
            throws IOException, InterruptedException {
        try {
            Duration socket = process.awaitSocket(endpoint.socket());
            awaitRightAnswers(process, endpoint, KEYS);
            StartUp startUp = new StartUp(socket, process.sinceStart(), process.residentMib());
            awaitRightAnswers(process, endpoint, endpoint.dialogues().keySet());
            return new RunningSubject(process, endpoint, manager, startUp);
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.close();
            manager.close();
            throw e;
        }
    }

    private static void awaitRightAnswers(ServerProcess process, Endpoint endpoint, Collection<Workload> workloads)
            throws IOException, InterruptedException {
        Endpoint _ = process.await(() -> {
            for (Workload workload : workloads) {
                if (endpoint.dialogues().containsKey(workload)) {
                    Exchange _ = endpoint.exchange(workload);
                }
            }
            return endpoint;
        });
    }

    /** Returns its process. */
    public ServerProcess process() {
        return process;
    }

    /** Returns where it listens. */
    public Path socket() {
        return endpoint.socket();
    }

    /** Returns how the names of its event loops' threads begin. */
    public String eventLoops() {
        return endpoint.eventLoops();
    }

    /** Returns how it came up. */
    public StartUp startUp() {
        return startUp;
    }

    /** Returns what requests and answers of a workload look like, after it was asked once. */
    public Exchange exchange(Workload workload) throws IOException {
        return endpoint.exchange(workload);
    }

    /** Lets a disturbance begin. */
    public Disturbance.Going begin(Disturbance disturbance) throws InterruptedException {
        return switch (disturbance) {
            case NONE -> () -> {};
            case ROTATION -> manager.rotate();
            case DEAD_MANAGER -> manager.die();
        };
    }

    /** Ends it as an operator would, so that it can write down what it knows; then its secrets go where nobody can read them. */
    public void endAndHideSecrets() throws IOException, InterruptedException {
        process.terminate();
        manager.vanish();
    }

    @Override
    public void close() {
        process.close();
        manager.close();
    }
}
