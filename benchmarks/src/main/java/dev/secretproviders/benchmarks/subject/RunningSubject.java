package dev.secretproviders.benchmarks.subject;

import dev.secretproviders.benchmarks.load.Exchange;
import dev.secretproviders.benchmarks.process.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A server that runs and answers.
 *
 * @param socket where it listens
 * @param eventLoops how the names of its event loops' threads begin
 * @param dialogues the workloads that it can be asked about
 * @param manager where its secrets come from; closed with it
 */
public record RunningSubject(
        ServerProcess process,
        Path socket,
        String eventLoops,
        Credentials credentials,
        Map<Workload, Dialogue> dialogues,
        SecretManager manager)
        implements AutoCloseable {
    private static final long POLL_MILLIS = 5;

    /** Copies the map. */
    public RunningSubject {
        dialogues = Map.copyOf(dialogues);
    }

    /** Returns what requests and answers of a workload look like, after it was asked once. */
    public Exchange exchange(Workload workload) throws IOException {
        Dialogue dialogue = dialogues.get(workload);
        if (dialogue == null) {
            throw new IllegalArgumentException("this subject has no answer to " + workload);
        }
        return dialogue.ask(socket, workload, credentials);
    }

    /** Lets a disturbance begin. */
    public Disturbance.Going begin(Disturbance disturbance) throws InterruptedException {
        return switch (disturbance) {
            case NONE -> () -> {};
            case ROTATION -> manager.rotate();
            case DEAD_MANAGER -> manager.die();
        };
    }

    /**
     * Waits until it answers rightly.
     *
     * @return how long after its start it did
     */
    Duration awaitRightAnswer() throws IOException, InterruptedException {
        process.awaitSocket(socket);
        while (true) {
            try {
                exchange(Workload.ACCEPTED);
                return process.sinceStart();
            } catch (IOException e) {
                process.requireAlive(e);
                Thread.sleep(POLL_MILLIS);
            }
        }
    }

    @Override
    public void close() {
        process.close();
        manager.close();
    }
}
