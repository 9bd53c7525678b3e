package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.Exchange;
import dev.secretproviders.benchmarks.load.Expected;
import dev.secretproviders.benchmarks.load.Texts;
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
     * A server that answers these workloads correctly is ready, since ours refuses an unknown key only when it knows
     * all keys. The other workloads are checked before the measurement, too.
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
     * The addresses and workloads of a server.
     *
     * @param socket its socket
     * @param eventLoops the prefix of the names of its event loops' threads
     * @param dialogues the workloads that it supports
     */
    record Endpoint(Path socket, String eventLoops, Map<Workload, Dialogue> dialogues) {
        Endpoint {
            dialogues = Map.copyOf(dialogues);
        }

        Exchange exchange(Workload workload) throws IOException {
            return dialogue(workload).ask(socket);
        }

        Dialogue dialogue(Workload workload) {
            Dialogue dialogue = dialogues.get(workload);
            if (dialogue == null) {
                throw new IllegalArgumentException("this subject has no answer to " + workload);
            }
            return dialogue;
        }
    }

    /**
     * Waits until a new process answers correctly; kills it if it does not.
     *
     * @param manager the source of its secrets; closed with it
     */
    static RunningSubject await(ServerProcess process, Endpoint endpoint, SecretManager manager)
            throws IOException, InterruptedException {
        try {
            Duration socket = process.awaitSocket(endpoint.socket());
            awaitRightAnswers(process, endpoint, KEYS);
            StartUp startUp = StartUp.now(process, socket);
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

    /** Returns its socket. */
    public Path socket() {
        return endpoint.socket();
    }

    /** Returns the prefix of the names of its event loops' threads. */
    public String eventLoops() {
        return endpoint.eventLoops();
    }

    /** Returns the times of its start. */
    public StartUp startUp() {
        return startUp;
    }

    /** Asks once and returns the bytes of requests and answers of a workload. */
    public Exchange exchange(Workload workload) throws IOException {
        return endpoint.exchange(workload);
    }

    /** Asks once with other texts than the workload's own, to which this answer is right. */
    public Exchange exchange(Workload workload, Texts texts, Texts names, Expected right) throws IOException {
        return endpoint.dialogue(workload).ask(endpoint.socket(), texts, names, right);
    }

    /** Starts a disturbance. */
    public Disturbance.Going begin(Disturbance disturbance) throws InterruptedException {
        return switch (disturbance) {
            case NONE -> () -> {};
            case ROTATION -> manager.rotate();
            case DEAD_MANAGER -> manager.die();
        };
    }

    /** Stops it in an orderly way, so that it saves its state, and then makes its secrets unreadable. */
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
