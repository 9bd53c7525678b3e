package dev.secretproviders.admin.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.admin.AdminFixture;
import dev.secretproviders.crypto.MasterKeyring;
import dev.secretproviders.peers.FreePorts;
import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The steps of a test of a connection, with an OpenBao that speaks TLS. */
final class ProviderTestStepsTest {
    private static final String PATH = "/admin/providers/vault/prod";
    private static OpenBao bao;

    @TempDir
    private Path directory;

    private AdminFixture admin;

    @BeforeAll
    static void start() {
        bao = OpenBao.startTls();
        bao.kvPut("secret", 2, "jack", Map.of("key", "a-key-of-sixteen-bytes"));
    }

    @AfterAll
    static void stop() {
        bao.close();
    }

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory, Map.of("files", Map.of("allow", List.of("/"))));
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    @Test
    void eachStepSaysWhatItFound() {
        JsonNode test =
                tested(port("https://localhost:"), bao.rootToken(), "'ca_file': '" + bao.caFile() + "'", "jack/key");

        assertThat(test.path("ok").asBoolean()).isTrue();
        assertThat(states(test))
                .containsExactly(
                        "configuration passed",
                        "resolve passed",
                        "connect passed",
                        "tls passed",
                        "authenticate passed",
                        "read passed",
                        "version passed");
        assertThat(message(test, "resolve")).contains("localhost is", "127.0.0.1");
        assertThat(message(test, "connect"))
                .contains("127.0.0.1, port " + bao.uri().getPort());
        assertThat(message(test, "tls")).contains("TLSv1.3", "valid until");
        assertThat(message(test, "version")).contains("version 1");
        assertThat(test.path("steps"))
                .allSatisfy(step ->
                        assertThat(step.path("duration_ms").isIntegralNumber()).isTrue());
    }

    @Test
    void secretInForceIsReadAgainAndNotAnsweredFromMemory() {
        created(bao.uri().toString(), bao.rootToken(), "'ca_file': '" + bao.caFile() + "'");
        for (int version = 1; version <= 3; version++) {
            int written = bao.kvPut("secret", 2, "rose", Map.of("key", "a-key-of-sixteen-bytes-" + version));
            JsonNode test = admin.post(PATH + "/test", "{'path': 'rose/key'}")
                    .expect(200)
                    .json();
            assertThat(message(test, "version")).contains("version " + written);
        }
    }

    @Test
    void unknownNameFailsAtTheLookUpAndTheOthersAreSkipped() {
        JsonNode test = tested("https://no-such-host.invalid:8200", "x", "", "jack/key");

        assertThat(states(test))
                .containsExactly(
                        "configuration passed",
                        "resolve failed",
                        "connect skipped",
                        "tls skipped",
                        "authenticate skipped",
                        "read skipped",
                        "version skipped");
        assertThat(test.path("failed_step").asString()).isEqualTo("resolve");
        assertThat(message(test, "resolve")).contains("no-such-host.invalid", "not known");
    }

    @Test
    void refusedPortFailsAtTheConnection() {
        JsonNode test = tested("https://127.0.0.1:" + FreePorts.next(), "x", "", null);

        assertThat(states(test))
                .containsExactly(
                        "configuration passed",
                        "resolve skipped",
                        "connect failed",
                        "tls skipped",
                        "authenticate skipped");
        assertThat(message(test, "connect")).contains("the connection was refused");
    }

    @Test
    void unknownAuthorityFailsAtTls() {
        JsonNode test = tested(bao.uri().toString(), bao.rootToken(), "", null);

        assertThat(test.path("failed_step").asString()).isEqualTo("tls");
        assertThat(message(test, "tls")).contains("no authority that the provider trusts", "tls.ca_file");
    }

    @Test
    void certificateOfAnotherNameFailsAtTls() throws Exception {
        try (ServerSocket another = relay()) {
            JsonNode test = tested(
                    "https://127.0.0.2:" + another.getLocalPort(),
                    bao.rootToken(),
                    "'ca_file': '" + bao.caFile() + "'",
                    null);

            assertThat(test.path("failed_step").asString()).isEqualTo("tls");
            assertThat(message(test, "tls")).contains("not one for 127.0.0.2");
        }
    }

    @Test
    void certificateIsNotCheckedIfTheProviderDoesNot() throws Exception {
        try (ServerSocket another = relay()) {
            JsonNode test =
                    tested("https://127.0.0.2:" + another.getLocalPort(), bao.rootToken(), "'verify': false", null);

            assertThat(states(test)).contains("tls passed", "authenticate passed");
        }
    }

    @Test
    @SuppressWarnings("try") // The thread that answers ends when the port is closed.
    void portWithoutTlsFailsAtTls() throws Exception {
        try (ServerSocket plain = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread answering = Thread.ofVirtual().start(() -> answer(plain));
            JsonNode test = tested("https://127.0.0.1:" + plain.getLocalPort(), "x", "", null);

            assertThat(test.path("failed_step").asString()).isEqualTo("tls");
            assertThat(message(test, "tls")).contains("check that this port speaks TLS");
            plain.close();
            answering.join();
        }
    }

    @Test
    void silentServerEndsTheStepWithinTheTimeout() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            long start = System.nanoTime();
            JsonNode test = tested("https://127.0.0.1:" + silent.getLocalPort(), "x", "", null);

            assertThat(test.path("failed_step").asString()).isEqualTo("tls");
            assertThat(message(test, "tls")).contains("within 1000 ms");
            assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(5_000);
        }
    }

    @Test
    void wrongTokenFailsAtTheLogin() {
        JsonNode test = tested(bao.uri().toString(), "wr0ng-c4n4ry", "'ca_file': '" + bao.caFile() + "'", "jack/key");

        assertThat(states(test)).contains("tls passed", "authenticate failed", "read skipped");
        assertThat(test.toString()).doesNotContain("wr0ng-c4n4ry");
    }

    @Test
    void missingPathFailsAtTheReading() {
        JsonNode test =
                tested(bao.uri().toString(), bao.rootToken(), "'ca_file': '" + bao.caFile() + "'", "absent/key");

        assertThat(states(test)).contains("authenticate passed", "read failed", "version skipped");
    }

    @Test
    void destinationThatIsNoLongerAllowedIsNotConnectedTo() throws Exception {
        Path other = Files.createDirectories(directory.resolve("other"));
        MasterKeyring keyring = AdminFixture.keyring();
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(500);
            String object = object("http://127.0.0.1:" + server.getLocalPort(), "x", "");
            try (AdminFixture before = opened(other, keyring, Map.of())) {
                before.put(PATH, object).expect(201);
            }
            try (AdminFixture after = opened(other, keyring, Map.of("destinations", List.of("vault.example")))) {
                JsonNode test = after.post(PATH + "/test", "{}").expect(200).json();
                assertThat(test.path("failed_step").asString()).isEqualTo("resolve");
                assertThat(message(test, "resolve")).contains("providers.destinations");
            }
            assertThatThrownBy(server::accept).isInstanceOf(SocketTimeoutException.class);
        }
    }

    private static AdminFixture opened(Path directory, MasterKeyring keyring, Map<String, ?> providers)
            throws Exception {
        return new AdminFixture(
                directory,
                EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO),
                keyring,
                providers,
                Set.of());
    }

    @Test
    void managerOfThisMachineHasNoStepsOfANetwork() throws Exception {
        admin.fileProvider("files", Map.of("key", "a-key-in-a-file"));
        admin.put("/admin/providers/local/app", "{}").expect(201);
        admin.put("/admin/secrets/app/jack", "{'fields': {'key': 'a-key-of-sixteen-bytes'}}")
                .expect(201);

        for (String[] each :
                List.of(new String[] {"file/files", "key"}, new String[] {"local/app", "jack/key"}, new String[] {
                    "env/process", "JACK_KEY"
                })) {
            JsonNode test = admin.post("/admin/providers/" + each[0] + "/test", "{'path': '" + each[1] + "'}")
                    .expect(200)
                    .json();
            assertThat(states(test))
                    .as(each[0])
                    .containsExactly("configuration passed", "read passed", "version passed");
        }
    }

    @Test
    void streamSendsEachStepWhenItBeginsAndEnds() {
        created(bao.uri().toString(), bao.rootToken(), "'ca_file': '" + bao.caFile() + "'");

        AdminFixture.Answer answer =
                admin.post(PATH + "/test?stream=true", "{'path': 'jack/key'}").expect(200);

        assertThat(answer.header("Content-Type")).startsWith("text/event-stream");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        List<String> events = new ArrayList<>();
        @Nullable JsonNode result = null;
        for (String event : answer.text().split("\n\n", -1)) {
            if (event.startsWith("event: ")) {
                String[] lines = event.split("\n", -1);
                JsonNode data = JsonMapper.shared().readTree(lines[1].substring("data: ".length()));
                String name = lines[0].substring("event: ".length());
                events.add(name + " " + data.path("step").asString("") + " "
                        + data.path("state").asString(""));
                result = data;
            }
        }
        assertThat(events)
                .containsExactly(
                        "plan  ",
                        "step configuration running",
                        "step configuration passed",
                        "step resolve running",
                        "step resolve skipped",
                        "step connect running",
                        "step connect passed",
                        "step tls running",
                        "step tls passed",
                        "step authenticate running",
                        "step authenticate passed",
                        "step read running",
                        "step read passed",
                        "step version running",
                        "step version passed",
                        "result  ");
        assertThat(Objects.requireNonNull(result).path("ok").asBoolean()).isTrue();
        assertThat(answer.text()).doesNotContain(bao.rootToken(), "a-key-of-sixteen-bytes");
    }

    @Test
    void streamAnswersARefusalAsAnyOtherCall() {
        admin.post(PATH + "/test?stream=true", "{}").expect(404);
        admin.call(admin.token("viewer", ""), "POST", PATH + "/test?stream=true", "{}")
                .expect(403);
        admin.post(PATH + "/test?stream=maybe", "{'value': {'uri': 'http://127.0.0.1:1', 'token': 'x'}}")
                .expect(400);
    }

    @Test
    @SuppressWarnings("try") // The client goes away in the middle of the test.
    void testIsCancelledWhenTheClientGoesAway() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            String uri = "https://127.0.0.1:" + silent.getLocalPort();
            admin.put(PATH, "{'uri': '" + uri + "', 'token': 'x', 'timeout': '60s'}")
                    .expect(201);
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), admin.port());
                    Socket tested = accepted(silent, client, admin.firstToken)) {
                client.setSoLinger(true, 0);
                client.close();
                await().untilAsserted(
                                () -> assertThat(admin.audited()).contains("provider.test.failed provider/vault/prod"));
                tested.setSoTimeout(10_000);
                assertThat(tested.getInputStream().readAllBytes())
                        .as("the hello, then the end")
                        .isNotEmpty();
            }
        }
    }

    private static Socket accepted(ServerSocket server, Socket client, String token) throws IOException {
        client.getOutputStream()
                .write(("POST " + PATH + "/test?stream=true HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: " + token
                                + "\r\nContent-Length: 2\r\n\r\n{}")
                        .getBytes(StandardCharsets.US_ASCII));
        return server.accept();
    }

    private JsonNode tested(String uri, String token, String tls, @Nullable String path) {
        return admin.post(
                        PATH + "/test",
                        "{'value': " + object(uri, token, tls) + (path == null ? "" : ", 'path': '" + path + "'") + "}")
                .expect(200)
                .json();
    }

    private void created(String uri, String token, String tls) {
        admin.put(PATH, object(uri, token, tls)).expect(201);
    }

    private static String object(String uri, String token, String tls) {
        return "{'uri': '" + uri + "', 'prefix': 'secret', 'token': '" + token + "', 'timeout': '1s', 'tls': {" + tls
                + "}}";
    }

    private static String port(String beginning) {
        return beginning + bao.uri().getPort();
    }

    private static List<String> states(JsonNode test) {
        List<String> states = new ArrayList<>();
        test.path("steps")
                .forEach(step -> states.add(
                        step.path("step").asString() + " " + step.path("state").asString()));
        return states;
    }

    private static String message(JsonNode test, String step) {
        return test.path("steps")
                .valueStream()
                .filter(one -> one.path("step").asString().equals(step))
                .map(one -> one.path("message").asString())
                .findFirst()
                .orElse("");
    }

    /** Forwards from an address that the certificate does not have. */
    private static ServerSocket relay() throws IOException {
        ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.2"));
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    Socket client = server.accept();
                    Socket target = new Socket(
                            InetAddress.getLoopbackAddress(), bao.uri().getPort());
                    copy(client, target);
                    copy(target, client);
                }
            } catch (IOException e) {
                // The test is over.
            }
        });
        return server;
    }

    private static void copy(Socket from, Socket to) {
        Thread.ofVirtual().start(() -> {
            try (InputStream in = from.getInputStream();
                    OutputStream out = to.getOutputStream()) {
                in.transferTo(out);
            } catch (IOException e) {
                // One side closed.
            }
        });
    }

    private static void answer(ServerSocket server) {
        try (Socket client = server.accept()) {
            int _ = client.getInputStream().read();
            client.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // The test says what is wrong.
        }
    }
}
