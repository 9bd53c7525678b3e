package dev.secretproviders.benchmarks.process;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A server under measurement, on the server's processors. It is killed when closed. */
public final class ServerProcess implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(3);
    private static final long POLL_MILLIS = 1;
    private static final String RESIDENT = "VmRSS:";
    private static final int LOG_END = 2_000;

    private final Process process;
    private final Path log;
    private final long started;

    private ServerProcess(Process process, Path log, long started) {
        this.process = process;
        this.log = log;
        this.started = started;
    }

    /**
     * Starts a command.
     *
     * @param directory its working directory, which gets its log
     */
    public static ServerProcess start(
            Processors processors, Path directory, List<String> command, Map<String, String> environment)
            throws IOException {
        Path log = directory.resolve("server.log");
        ProcessBuilder builder = new ProcessBuilder(processors.onServer(command))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        long started = System.nanoTime();
        return new ServerProcess(builder.start(), log, started);
    }

    /**
     * Waits until the socket accepts.
     *
     * @return the time since the start
     */
    public Duration awaitSocket(Path socket) throws IOException, InterruptedException {
        return await(() -> {
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                channel.connect(UnixDomainSocketAddress.of(socket));
                return sinceStart();
            }
        });
    }

    /** An action that fails until the server is ready. */
    public interface Attempt<T> {
        T make() throws IOException, InterruptedException;
    }

    /**
     * Repeats an action until it succeeds.
     *
     * @throws IOException if the process has ended or does not succeed in time
     */
    public <T> T await(Attempt<T> attempt) throws IOException, InterruptedException {
        while (true) {
            try {
                return attempt.make();
            } catch (IOException e) {
                requireAlive(e);
                Thread.sleep(POLL_MILLIS);
            }
        }
    }

    /** Returns the time since the process was started. */
    public Duration sinceStart() {
        return Duration.ofNanos(System.nanoTime() - started);
    }

    /** Fails if the server has ended or is too late; {@code last} is the failure of the last attempt to use it. */
    private void requireAlive(IOException last) throws IOException {
        if (!process.isAlive()) {
            throw new IOException("the server ended with " + process.exitValue() + ":\n" + log(), last);
        }
        if (sinceStart().compareTo(START) > 0) {
            throw new IOException("the server does not serve after " + START + ":\n" + log(), last);
        }
    }

    /** Returns the end of its log. */
    public String log() throws IOException {
        String text = Files.readString(log);
        return text.substring(Math.max(0, text.length() - LOG_END));
    }

    /** Returns its process id. taskset has become the server by exec, so it is the server's. */
    public long pid() {
        return process.pid();
    }

    /**
     * Waits until the process ends by itself.
     *
     * @return the time from start to end
     */
    public Duration awaitEnd() throws IOException, InterruptedException {
        if (process.waitFor() != 0) {
            throw new IOException("the process ended with " + process.exitValue() + ":\n" + log());
        }
        return sinceStart();
    }

    /** Sends SIGTERM and waits until it has ended. */
    public void terminate() throws InterruptedException {
        process.destroy();
        int _ = process.waitFor();
    }

    /** Returns the processor time of all its threads so far, also of those that have ended. */
    public Duration processorTime() throws IOException {
        return process.info()
                .totalCpuDuration()
                .orElseThrow(() -> new IOException("the kernel does not tell how much processor time the server took"));
    }

    /** Returns how much memory it holds, in MiB. */
    public double residentMib() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid()), "status"))) {
            if (line.startsWith(RESIDENT)) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        throw new IOException("the kernel does not tell how much memory the server holds");
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
