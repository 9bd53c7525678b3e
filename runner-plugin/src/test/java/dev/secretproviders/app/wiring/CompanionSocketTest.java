package dev.secretproviders.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.auth.hmac.SeenSignatures;
import dev.secretproviders.auth.jwt.VerifiedTokens;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.peers.Nginx;
import dev.secretproviders.peers.NginxConnection;
import dev.secretproviders.transport.UnixSocketServer;
import dev.secretproviders.transport.companion.CompanionVerdicts;
import dev.secretproviders.transport.socket.TransportOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the companion in a real nginx looks for the runner, and when it begins to follow it. */
class CompanionSocketTest {
    private static final Path PLUGIN =
            Path.of("../apisix-plugin").toAbsolutePath().normalize();
    private static final String ROUTE = "/routes/default";

    @TempDir
    Path directory;

    private final DirectoryFixture it = new DirectoryFixture();
    private UnixSocketServer server;

    @BeforeEach
    void start() throws IOException {
        it.consumer("jack", it.literal("k1", "jacks-key")).publish();
        server = new UnixSocketServer(
                TransportOptions.of(socket()),
                List.of(),
                List.of(),
                new CompanionVerdicts(
                        it.context(UnresolvedAnswer.UNAVAILABLE),
                        new VerifiedTokens(),
                        new SeenSignatures(it.secrets.ticker()),
                        new UpstreamSecrets(it.secrets.resolver, Runnable::run)));
        it.directory.addListener(server);
        server.bind(null);
        server.accept();
    }

    @AfterEach
    void stop() {
        server.stop(Duration.ZERO);
        it.close();
    }

    private Path socket() {
        return directory.resolve("runner.sock");
    }

    private static int status(Nginx nginx) throws IOException {
        nginx.consumers("[{\"username\": \"jack\", \"credentials\": {\"k1\": {\"key-auth\": {\"key\": \"x\"}}}}]");
        nginx.route("default", "{}");
        try (NginxConnection connection = nginx.connect()) {
            return connection.get(ROUTE, "jacks-key").status();
        }
    }

    @Test
    void workerFollowsTheEventsBeforeTheFirstRequest() {
        try (Nginx _ = Nginx.start(PLUGIN, socket(), 2)) {
            await().until(() -> server.followerStats().followers() == 2);
        }
    }

    @Test
    void socketOfPluginAttrCountsAndAWrongOneRefusesEachRequest() throws IOException {
        try (Nginx nginx = Nginx.start(PLUGIN, directory.resolve("unused.sock"), 1)) {
            assertThat(status(nginx)).isEqualTo(503);

            nginx.reloadPlugins("{\"secret-key-auth\": {\"socket\": \"%s\"}}".formatted(socket()));
            await().until(() -> server.followerStats().followers() == 1);
            assertThat(status(nginx)).isEqualTo(200);

            nginx.reloadPlugins("{\"secret-key-auth\": {\"sokcet\": \"%s\"}}".formatted(socket()));
            assertThat(status(nginx)).isEqualTo(503);
            assertThat(nginx.log())
                    .contains(
                            "plugin_attr.secret-key-auth.sokcet in config.yaml: unknown field; the only one is socket");
        }
    }
}
