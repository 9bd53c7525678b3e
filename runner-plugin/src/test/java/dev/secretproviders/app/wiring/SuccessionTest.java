package dev.secretproviders.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.app.port.Ports;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.ConfigurationSource;
import dev.secretproviders.app.takeover.HandedOver;
import dev.secretproviders.app.takeover.TakeoverCall;
import dev.secretproviders.app.takeover.TakeoverSocket;
import dev.secretproviders.auth.usage.UseMarks;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.transport.socket.BoundSocket;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A takeover from a runner that ends, or fails, in the middle of it. */
final class SuccessionTest {
    @TempDir
    private Path directory;

    private Path yaml = Path.of("application.yaml");

    @BeforeEach
    void jackHasAKeyAndTheRunnerRanBefore() throws Exception {
        Path secrets = Files.createDirectory(directory.resolve("secrets"));
        Files.writeString(secrets.resolve("jack"), "the-key-of-jack");
        Files.writeString(
                directory.resolve("apisix.yaml"),
                "consumers:\n  - {username: jack, plugins: {key-auth: {key: $secret://file/main/jack}}}\n#END\n");
        yaml = Files.writeString(directory.resolve("application.yaml"), """
                runner: {data-dir: %1$s/data, socket: {path: %1$s/runner.sock}}
                consumers: {source: file, file: {path: %1$s/apisix.yaml}}
                providers: {file: {main: {directory: %1$s/secrets}}}
                """.formatted(directory));
        String _ = withRunner((runner, _) -> {
            runner.start(null);
            runner.awaitKeys();
        });
    }

    private interface Use {
        void of(Runner runner, Configuration configuration) throws Exception;
    }

    private String withRunner(Use use) throws Exception {
        return new Startup(new ConfigurationSource(yaml, null)).withConfiguration(true, configuration -> {
            Runner runner =
                    Runner.of(configuration, configuration.runner().transport().withReplacing());
            try {
                use.of(runner, configuration);
            } finally {
                runner.close();
            }
            return "done";
        });
    }

    private Path socket() {
        return directory.resolve("runner.sock");
    }

    /** Where the old runner fails. */
    private enum At {
        HELLO,
        RELEASE,
        GO
    }

    /** A runner that listens, and fails on the way. */
    private final class Failing implements HandedOver, AutoCloseable {
        private final At at;
        private final boolean ends;
        private final ServerSocketChannel server;

        /**
         * Begins to listen.
         *
         * @param ends whether it ends when it fails
         */
        Failing(At at, boolean ends, Configuration configuration) throws Exception {
            this.at = at;
            this.ends = ends;
            this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(socket()));
            Sealer sealer = new Sealer(configuration.control().crypto().keyring());
            TakeoverSocket _ =
                    Objects.requireNonNull(TakeoverSocket.open(directory.resolve("data"), () -> sealer, this));
        }

        private void fail(At here) {
            if (at == here) {
                if (ends) {
                    close();
                }
                throw new IllegalStateException("it fails at " + here);
            }
        }

        @Override
        public @Nullable String obstacle() {
            return null;
        }

        @Override
        public Path socket() {
            return SuccessionTest.this.socket();
        }

        @Override
        public Secret digestKey() {
            fail(At.HELLO);
            return Secret.owning(new byte[32]);
        }

        @Override
        public void passPorts() {
            // It has none.
        }

        @Override
        public void keepPorts() {
            // It has none.
        }

        @Override
        public int release() {
            fail(At.RELEASE);
            return 0;
        }

        @Override
        public void reclaim() {
            // It has nothing to open again.
        }

        @Override
        public byte[] announce() {
            fail(At.GO);
            throw new AssertionError("it did not fail");
        }

        @Override
        public boolean replaced() {
            return false;
        }

        @Override
        public List<UseMarks> end() {
            return List.of();
        }

        @Override
        public void exit() {
            throw new AssertionError("nothing has replaced it");
        }

        @Override
        public void close() {
            try {
                server.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static Succession succession(Runner runner, Configuration configuration) throws Exception {
        TakeoverCall call = Objects.requireNonNull(Succession.call(configuration));
        Ports ports = new Ports();
        return new Succession(runner, call, ports, ports::prepared, () -> {});
    }

    private void ends(At at) throws Exception {
        assertThat(withRunner((runner, configuration) -> {
                    try (Failing _ = new Failing(at, true, configuration);
                            Succession succession = succession(runner, configuration)) {
                        succession.takeOver();
                    }
                    runner.awaitKeys();
                    assertThat(BoundSocket.listenedOn(socket())).isTrue();
                    assertThat(runner.control()).isNotNull();
                    await().until(() ->
                            runner.directory().size() == 1 && runner.directory().undecided() == 0);
                }))
                .isEqualTo("done");
    }

    @Test
    void newRunnerStartsIfTheOldOneEndsBeforeItGivesTheStoreAway() throws Exception {
        ends(At.HELLO);
    }

    @Test
    void newRunnerStartsIfTheOldOneEndsWhileItGivesTheStoreAway() throws Exception {
        ends(At.RELEASE);
    }

    @Test
    void newRunnerStartsIfTheOldOneEndsWhileItGivesTheSocketAway() throws Exception {
        ends(At.GO);
    }

    @Test
    void newRunnerGivesUpIfTheOldOneFailsAndStillListens() throws Exception {
        assertThat(withRunner((runner, configuration) -> {
                    try (Failing _ = new Failing(At.GO, false, configuration);
                            Succession succession = succession(runner, configuration)) {
                        Object before = Files.getAttribute(socket(), "unix:ino");
                        assertThatThrownBy(succession::takeOver)
                                .isInstanceOf(IOException.class)
                                .hasMessage("the other runner left");
                        assertThat(Files.getAttribute(socket(), "unix:ino"))
                                .as("the old runner's socket")
                                .isEqualTo(before);
                    }
                }))
                .isEqualTo("done");
    }
}
