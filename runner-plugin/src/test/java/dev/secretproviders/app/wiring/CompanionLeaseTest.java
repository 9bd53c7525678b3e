package dev.secretproviders.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.auth.DirectoryFixture;
import dev.secretproviders.auth.hmac.SeenSignatures;
import dev.secretproviders.auth.jwt.VerifiedTokens;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.peers.Nginx;
import dev.secretproviders.peers.NginxConnection;
import dev.secretproviders.transport.UnixSocketServer;
import dev.secretproviders.transport.companion.CompanionVerdicts;
import dev.secretproviders.transport.socket.TransportOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long workers of a real nginx go on without the runner, and what they tell it. */
class CompanionLeaseTest {
    private static final Path PLUGIN =
            Path.of("../apisix-plugin").toAbsolutePath().normalize();
    private static final int WORKERS = 4;
    private static final String ROUTE = "/routes/default";
    private static final String APISIX = """
            [{"username": "jack", "credentials": {"k1": {"key-auth": {"key": "x"}}}},
             {"username": "rose", "plugins": {"key-auth": {"key": "x"}}}]
            """;

    @TempDir
    Path directory;

    private final DirectoryFixture it = new DirectoryFixture();
    private UnixSocketServer server;
    private Nginx nginx;
    private final List<NginxConnection> workers = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        it.consumer("jack", it.literal("k1", "jacks-key"))
                .consumer("rose", it.literal(null, "roses-key"))
                .publish();
        server = serve();
        nginx = Nginx.startSharing(PLUGIN, directory.resolve("runner.sock"), WORKERS);
        nginx.consumers(APISIX);
        nginx.route("default", "{}");
        connect();
    }

    private UnixSocketServer serve() throws IOException {
        UnixSocketServer made = new UnixSocketServer(
                TransportOptions.of(directory.resolve("runner.sock")),
                List.of(),
                List.of(),
                new CompanionVerdicts(
                        it.context(UnresolvedAnswer.UNAVAILABLE),
                        new VerifiedTokens(),
                        new SeenSignatures(it.secrets.ticker()),
                        new UpstreamSecrets(it.secrets.resolver, Runnable::run)));
        it.directory.addListener(made);
        made.bind(null);
        made.accept();
        return made;
    }

    /** Connects to each worker; its first request makes it follow the events. */
    private void connect() throws IOException {
        workers.addAll(nginx.connectToEach(ROUTE));
    }

    private void disconnect() throws IOException {
        for (NginxConnection worker : workers) {
            worker.close();
        }
        workers.clear();
    }

    @AfterEach
    void stop() throws IOException {
        disconnect();
        nginx.close();
        server.stop(Duration.ZERO);
        it.close();
    }

    private List<Integer> statuses(String key) throws IOException {
        List<Integer> statuses = new ArrayList<>();
        for (NginxConnection worker : workers) {
            statuses.add(worker.get(ROUTE, key).status());
        }
        return statuses;
    }

    private static List<Integer> all(int status) {
        return Collections.nCopies(WORKERS, status);
    }

    private void awaitFollowers(UnixSocketServer of) {
        await().until(() -> of.followerStats().followers() == WORKERS);
    }

    /** Has the first worker ask about the key of jack, and waits until none has to ask. */
    private long askedOnce() throws IOException {
        awaitFollowers(server);
        await().until(() -> {
            long before = server.stats().verdictsAccepted();
            return statuses("jacks-key").equals(all(200)) && server.stats().verdictsAccepted() == before;
        });
        return server.stats().verdictsAccepted();
    }

    @Test
    void aKeyThatOneWorkerAskedAboutIsKnownToAllAndItsUsesAreReported() throws IOException {
        awaitFollowers(server);
        for (int i = 0; i < 10; i++) {
            assertThat(statuses("jacks-key")).isEqualTo(all(200));
        }
        long asked = server.stats().verdictsAccepted();
        assertThat(asked).isBetween(1L, (long) WORKERS);
        await().until(() -> server.stats().usesReported() == 10 * WORKERS - asked);
        assertThat(it.directory.lastUses()).hasSize(1);
    }

    /** Blocks of a digest end after 55, 119 ... bytes. Keys of more than 1,024 bytes are digested in another way. */
    @Test
    void keysOfAnyLengthAreToldApart() throws IOException {
        List<Integer> lengths = List.of(1, 54, 55, 56, 63, 64, 65, 118, 119, 120, 183, 184, 1023, 1024, 1025, 3000);
        Credential[] all = lengths.stream()
                .map(length -> it.literal("k" + length, "k".repeat(length)))
                .toArray(Credential[]::new);
        it.consumer("jack", all).publish();
        nginx.consumers(lengths.stream()
                .map(length -> "\"k" + length + "\": {\"key-auth\": {\"key\": \"x\"}}")
                .collect(Collectors.joining(", ", "[{\"username\": \"jack\", \"credentials\": {", "}}]")));
        awaitFollowers(server);
        for (int i = 0; i < 2; i++) {
            for (int length : lengths) {
                for (NginxConnection worker : workers) {
                    NginxConnection.Reply reply = worker.get(ROUTE, "k".repeat(length));
                    assertThat(reply.status()).as("length " + length).isEqualTo(200);
                    assertThat(reply.seen()
                                    .get("headers")
                                    .get("x-credential-identifier")
                                    .asString())
                            .isEqualTo("k" + length);
                    assertThat(worker.get(ROUTE, "k".repeat(length - 1) + "K").status())
                            .isEqualTo(401);
                }
            }
        }
    }

    @Test
    void headersThatLookLikeAnIdentityAreRemovedHoweverManyThereAre() throws IOException {
        for (int others : List.of(0, 12, 97, 150)) {
            for (String name : List.of("X_Consumer_Username", "x_credential-identifier", "X-Consumer_Custom_ID")) {
                List<NginxConnection.Header> headers = new ArrayList<>();
                headers.add(new NginxConnection.Header("apikey", "jacks-key"));
                for (int i = 0; i < others; i++) {
                    headers.add(new NginxConnection.Header("X-Other-" + i, "x"));
                }
                headers.add(new NginxConnection.Header(name, "evil"));
                NginxConnection.Reply reply = workers.getFirst().get(ROUTE, headers);
                assertThat(reply.status()).isEqualTo(200);
                assertThat(reply.body()).as(name + " after " + others).doesNotContain("evil");
            }
        }
    }

    @Test
    void aChangeEndsItInAllWorkers() throws IOException {
        askedOnce();
        it.without("jack").publish();
        await().until(() -> statuses("jacks-key").equals(all(401)));
        it.consumer("jack", it.literal("k1", "jacks-key")).publish();
        await().until(() -> statuses("jacks-key").equals(all(200)));
    }

    @Test
    void workersOfAReloadKnowWhatTheOthersKnewAlsoWhileTheRunnerIsAway() throws IOException {
        askedOnce();
        server.stop(Duration.ofSeconds(1));
        List<Long> before = nginx.workers();
        disconnect();
        nginx.reload();
        await().until(() ->
                Collections.disjoint(before, nginx.workers()) && nginx.workers().size() == WORKERS);
        connect();
        assertThat(statuses("jacks-key")).isEqualTo(all(200));
        assertThat(statuses("roses-key")).as("not asked about before").isEqualTo(all(503));
    }

    /** APISIX unloads the plugins and loads them again in the same Lua machine. */
    @Test
    void aReloadOfThePluginsCostsNoRequest() throws IOException {
        askedOnce();
        for (int i = 0; i < 3; i++) {
            for (NginxConnection worker : workers) {
                assertThat(worker.send("PUT", "/control/reload", List.of(), "").status())
                        .isEqualTo(200);
            }
            assertThat(statuses("jacks-key")).isEqualTo(all(200));
            assertThat(statuses("roses-key")).isEqualTo(all(200));
            assertThat(statuses("wrong")).isEqualTo(all(401));
        }
        assertThat(nginx.log()).doesNotContain("cannot be loaded");
    }

    @Test
    void aRunnerThatAnotherOneReplacesInOrderCostsNoRequest() throws IOException {
        askedOnce();
        for (int i = 0; i < 3; i++) {
            server.announceRestart();
            server.stop(Duration.ofSeconds(1));
            assertThat(statuses("jacks-key")).isEqualTo(all(200));
            server = serve();
            assertThat(statuses("jacks-key")).isEqualTo(all(200));
            assertThat(statuses("roses-key")).as("known or not").isEqualTo(all(200));
            awaitFollowers(server);
        }
        assertThat(nginx.log()).as("a restart in order is no problem").doesNotContain("events are not heard");
    }

    @Test
    void aRunnerThatComesBackIsNoticedByARequest() throws IOException {
        askedOnce();
        server.stop(Duration.ofSeconds(1));
        assertThat(statuses("roses-key")).isEqualTo(all(503));
        server = serve();
        await().until(() -> statuses("roses-key").equals(all(200)));
        awaitFollowers(server);
    }
}
