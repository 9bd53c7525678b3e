package dev.secretproviders.peers;

import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import dev.secretproviders.peers.ServerSpec.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.containers.wait.strategy.WaitStrategy;
import org.testcontainers.utility.DockerImageName;

/**
 * A server in a container, with the same port and folder as a native one. Testcontainers creates and removes the
 * container. Stop and start call the engine directly, since Testcontainers' own stop removes the container.
 */
final class ContainerServer implements Server {
    private static final WaitStrategy NO_WAIT = new AbstractWaitStrategy() {
        @Override
        protected void waitUntilReady() {}
    };

    private final ServerSpec spec;
    private final Place place;
    private final GenericContainer<?> container;

    @SuppressWarnings("resource") // closed by kill()
    ContainerServer(ServerSpec spec, Place place) {
        this.spec = spec;
        this.place = place;
        String directory = place.directory().toString();
        this.container = new GenericContainer<>(DockerImageName.parse(Objects.requireNonNull(spec.image())))
                .withEnv(spec.environment())
                .withEnv("HOME", directory)
                .withFileSystemBind(directory, directory, BindMode.READ_WRITE)
                .withWorkingDirectory(directory)
                .withCommand(spec.arguments().apply(place).toArray(String[]::new))
                .withCreateContainerCmdModifier(command -> {
                    HostConfig host = Objects.requireNonNull(command.getHostConfig());
                    host.withPortBindings(PortBinding.parse("127.0.0.1:%d:%d".formatted(place.port(), place.port())));
                    command.withEntrypoint(spec.binary()).withUser(owner(place.directory()));
                })
                .withExposedPorts(place.port())
                // Peer waits until the server answers, and notices at once when the container ends. Testcontainers
                // would wait a minute.
                .waitingFor(NO_WAIT);
    }

    /** Asks Testcontainers only if an engine is likely to exist, since it reports its absence as a long error. */
    static boolean engineAnswers() {
        return enginePossible() && DockerClientFactory.instance().isDockerAvailable();
    }

    private static boolean enginePossible() {
        Map<String, String> environment = System.getenv();
        return environment.containsKey("DOCKER_HOST")
                || Stream.of("/var/run", System.getProperty("user.home") + "/.docker/run")
                        .anyMatch(run -> Files.exists(Path.of(run, "docker.sock")))
                || Files.exists(Path.of(environment.getOrDefault("XDG_RUNTIME_DIR", "/run"), "docker.sock"));
    }

    /** Returns the user that runs the tests, so that this user can delete the files in the shared folder. */
    private static String owner(Path directory) {
        try {
            return Files.getAttribute(directory, "unix:uid") + ":" + Files.getAttribute(directory, "unix:gid");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void start() {
        if (container.getContainerId() == null) {
            container.start();
        } else {
            container
                    .getDockerClient()
                    .startContainerCmd(container.getContainerId())
                    .exec();
        }
    }

    @Override
    public void stop() {
        if (isAlive()) {
            container
                    .getDockerClient()
                    .stopContainerCmd(container.getContainerId())
                    .withTimeout(5)
                    .exec();
        }
    }

    @Override
    public void pause() {
        container
                .getDockerClient()
                .pauseContainerCmd(container.getContainerId())
                .exec();
    }

    @Override
    public void resume() {
        container
                .getDockerClient()
                .unpauseContainerCmd(container.getContainerId())
                .exec();
    }

    @Override
    public boolean isAlive() {
        return container.isRunning();
    }

    @Override
    public String log() {
        return container.getContainerId() == null ? "" : container.getLogs();
    }

    @Override
    public void kill() {
        container.stop();
    }

    @Override
    public Path directory() {
        return place.directory();
    }

    @Override
    public String toString() {
        return String.valueOf(spec.image());
    }
}
