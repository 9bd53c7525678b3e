package dev.secretproviders.peers;

import dev.secretproviders.peers.ServerSpec.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A server as a child process of the test's JVM, which ends with that JVM. */
final class NativeServer implements Server {
    private static final Set<Process> LIVING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> LIVING.forEach(NativeServer::destroy), "end peers"));
    }

    private final ServerSpec spec;
    private final Place place;
    private final Path binary;
    private @Nullable Process process;

    NativeServer(ServerSpec spec, Place place) {
        this.spec = spec;
        this.place = place;
        this.binary = binaries().resolve(spec.binary());
        if (!Files.isExecutable(binary)) {
            throw new PeerUnavailableException(
                    "%s is needed by this test and not available: %sthere is no %s. Remedy: ./scripts/peers install %s"
                            .formatted(
                                    spec.name(),
                                    spec.image() == null ? "" : "no Docker engine answers, and ",
                                    binary,
                                    spec.name()));
        }
    }

    static boolean isInstalled(ServerSpec spec) {
        return Files.isExecutable(binaries().resolve(spec.binary()));
    }

    /** The folder that {@code scripts/peers} fills. */
    static Path binaries() {
        Map<String, String> environment = System.getenv();
        String own = environment.getOrDefault("SECRET_PROVIDERS_CACHE", "");
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path cache;
        if (!own.isEmpty()) {
            cache = Path.of(own);
        } else if (!xdg.isEmpty()) {
            cache = Path.of(xdg, "secret-providers");
        } else {
            cache = Path.of(System.getProperty("user.home"), ".cache", "secret-providers");
        }
        return cache.resolve("peers").resolve("bin");
    }

    @Override
    public void start() {
        if (isAlive()) {
            throw new IllegalStateException(spec.name() + " runs already");
        }
        List<String> command = new ArrayList<>();
        command.add(binary.toString());
        command.addAll(spec.arguments().apply(place));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(place.directory().toFile())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(logFile().toFile()));
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        builder.environment().clear();
        builder.environment().putAll(spec.environment());
        builder.environment().put("PATH", path);
        builder.environment().put("HOME", place.directory().toString());
        try {
            Process started = builder.start();
            started.getOutputStream().close();
            LIVING.add(started);
            process = started;
        } catch (IOException e) {
            throw new PeerFailedException("Cannot start " + binary, e);
        }
    }

    @Override
    public void stop() {
        Process running = process;
        if (running == null) {
            return;
        }
        if (running.isAlive()) {
            // A frozen process does not handle SIGTERM.
            signal(running, "CONT");
            running.destroy();
        }
        awaitEnd(running, 5);
    }

    @Override
    public void kill() {
        Process running = process;
        if (running != null) {
            awaitEnd(running, 0);
        }
    }

    private void awaitEnd(Process running, int graceSeconds) {
        try {
            if (!running.waitFor(graceSeconds, TimeUnit.SECONDS)) {
                destroy(running);
                if (!running.waitFor(10, TimeUnit.SECONDS)) {
                    throw new PeerFailedException("%s (pid %d) does not end".formatted(spec.name(), running.pid()));
                }
            }
            LIVING.remove(running);
            process = null;
        } catch (InterruptedException e) {
            destroy(running);
            Thread.currentThread().interrupt();
        }
    }

    /** Kills the process and its children, since some outlive their parent, such as nginx's workers. */
    private static void destroy(Process process) {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public void pause() {
        signal(running(), "STOP");
    }

    @Override
    public void resume() {
        signal(running(), "CONT");
    }

    private Process running() {
        Process running = process;
        if (running == null) {
            throw new IllegalStateException(spec.name() + " does not run");
        }
        return running;
    }

    private static void signal(Process running, String name) {
        try {
            int status = new ProcessBuilder("kill", "-" + name, Long.toString(running.pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.DISCARD)
                    .start()
                    .waitFor();
            if (status != 0 && running.isAlive()) {
                throw new PeerFailedException("kill -%s %d: exit status %d".formatted(name, running.pid(), status));
            }
        } catch (IOException e) {
            throw new PeerFailedException("Cannot run kill", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isAlive() {
        Process running = process;
        return running != null && running.isAlive();
    }

    @Override
    public String log() {
        try {
            return Files.exists(logFile()) ? new String(Files.readAllBytes(logFile()), StandardCharsets.UTF_8) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Path directory() {
        return place.directory();
    }

    private Path logFile() {
        return place.directory().resolve(spec.binary() + ".log");
    }
}
