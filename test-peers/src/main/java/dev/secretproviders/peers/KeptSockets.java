package dev.secretproviders.peers;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Sockets that outlive the process which serves them. As systemd does for a socket unit, a process of its own opens them
 * and passes them on, and starts the command again whenever it ends. Python, because Java passes no descriptors on.
 */
public final class KeptSockets implements AutoCloseable {
    private static final String KEEPER = """
            import fcntl, os, signal, socket, sys, threading
            kept = []
            for path in sys.argv[1].split(os.pathsep):
                s = socket.socket(socket.AF_UNIX)
                s.bind(path)
                s.listen(4096)
                kept.append(fcntl.fcntl(s, fcntl.F_DUPFD, 64))
            for place, descriptor in enumerate(kept, start=3):
                os.dup2(descriptor, place)
            child = 0
            def end_with_parent():
                sys.stdin.read()
                if child:
                    os.kill(child, signal.SIGKILL)
                os._exit(0)
            threading.Thread(target=end_with_parent, daemon=True).start()
            while True:
                child = os.fork()
                if child == 0:
                    os.dup2(2, 1)
                    os.environ["LISTEN_PID"] = str(os.getpid())
                    os.environ["LISTEN_FDS"] = str(len(kept))
                    os.execvp(sys.argv[2], sys.argv[2:])
                print(child, flush=True)
                os.waitpid(child, 0)
            """;

    private final Process keeper;
    private final BufferedReader started;
    private ProcessHandle current;

    private KeptSockets(Process keeper, BufferedReader started, ProcessHandle current) {
        this.keeper = keeper;
        this.started = started;
        this.current = current;
    }

    /**
     * Opens the sockets and starts the command.
     *
     * @param log receives what the command writes
     */
    public static KeptSockets start(List<Path> sockets, List<String> command, Map<String, String> environment, Path log)
            throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "python3",
                "-c",
                KEEPER,
                sockets.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator))));
        words.addAll(command);
        ProcessBuilder builder =
                new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        Process keeper = builder.start();
        BufferedReader started = keeper.inputReader(StandardCharsets.US_ASCII);
        return new KeptSockets(keeper, started, next(started));
    }

    private static ProcessHandle next(BufferedReader started) throws IOException {
        String pid = started.readLine();
        if (pid == null) {
            throw new IOException("the process that keeps the sockets ended");
        }
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow(() -> new IOException("it ended at once"));
    }

    /** Returns the process that serves the sockets now. */
    public ProcessHandle current() {
        return current;
    }

    /** Ends the process that serves, by SIGKILL or SIGTERM. On return the next one was started. */
    public void restart(boolean kill) throws IOException {
        if (kill) {
            current.destroyForcibly();
        } else {
            current.destroy();
        }
        current = next(started);
    }

    @Override
    public void close() {
        keeper.destroyForcibly().onExit().join();
        current.destroyForcibly();
    }
}
