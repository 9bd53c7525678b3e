package dev.secretproviders.app.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.peers.FreePorts;
import dev.secretproviders.transport.socket.DescriptorLine;
import dev.secretproviders.transport.socket.ListeningDescriptor;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two runners, here two servers of one process, and the port that one takes over from the other. */
final class PortsTest {
    private static final Duration A_WHILE = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private final int port = FreePorts.next();
    private final Ports old = Ports.ofAStart();
    private final Ports next = new Ports();
    private final List<Tomcat> servers = new ArrayList<>();

    @AfterEach
    void end() throws Exception {
        old.open();
        next.open();
        for (Tomcat server : servers) {
            server.stop();
            server.destroy();
        }
    }

    /** Returns a server that answers with a text. It is not started. */
    private Tomcat server(Ports ports, String address, int number, String text) throws IOException {
        PortProtocol protocol = new PortProtocol();
        protocol.use(ports);
        if (!address.isEmpty()) {
            protocol.setAddress(InetAddress.getByName(address));
        }
        Connector connector = new Connector(protocol);
        connector.setPort(number);
        // As Spring Boot sets it.
        boolean _ = connector.setProperty("bindOnInit", "false");
        connector.setThrowOnFailure(true);
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(directory.resolve(text).toString());
        tomcat.getService().addConnector(connector);
        Context context = tomcat.addContext("", directory.toString());
        Tomcat.addServlet(context, "text", new HttpServlet() {
                    private static final long serialVersionUID = 1L;

                    @Override
                    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
                        response.getWriter().print(text);
                    }
                })
                .addMapping("/");
        servers.add(tomcat);
        return tomcat;
    }

    private void pass() throws IOException {
        String step = next.inheritDuring(directory, () -> {
            old.pass(directory);
            return "done";
        });
        assertThat(step).isEqualTo("done");
        assertThat(directory.resolve(".ports")).doesNotExist();
    }

    private String ask() throws IOException {
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.setSoTimeout((int) A_WHILE.toMillis());
            client.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return answer.substring(answer.lastIndexOf('\n') + 1);
        }
    }

    private String answer() {
        try {
            return ask();
        } catch (IOException e) {
            return String.valueOf(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "0.0.0.0", ""})
    void nextServerAnswersWhenTheOldOneHasStoppedAndNoConnectionIsLost(String address) throws Exception {
        server(old, address, port, "old").start();
        pass();
        Tomcat prepared = server(next, address, port, "next");
        prepared.start();
        next.prepared();
        assertThat(prepared.getConnector().getLocalPort()).isEqualTo(port);
        List<String> answers = new CopyOnWriteArrayList<>();
        AtomicBoolean enough = new AtomicBoolean();
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(soon(() -> {
                while (!enough.get()) {
                    answers.add(answer());
                }
            }));
        }
        await().atMost(A_WHILE).until(() -> answers.size() > 50);
        assertThat(answers).as("before the turn of the next").containsOnly("old");

        CompletableFuture<Void> opening = soon(() -> next.openWhenFree(A_WHILE));
        old.retire();
        opening.join();

        await().atMost(A_WHILE).until(() -> answers.contains("next"));
        int mark = answers.size();
        await().atMost(A_WHILE).until(() -> answers.size() > mark + 50);
        enough.set(true);
        clients.forEach(CompletableFuture::join);
        assertThat(answers).containsOnly("old", "next");
        assertThat(answers.subList(mark, answers.size())).containsOnly("next");
    }

    @Test
    void connectionsWaitWhileNeitherAccepts() throws Exception {
        server(old, "127.0.0.1", port, "old").start();
        pass();
        server(next, "127.0.0.1", port, "next").start();
        old.retire();

        CompletableFuture<String> answer = CompletableFuture.supplyAsync(this::answer, Thread::startVirtualThread);
        Thread.sleep(200);
        assertThat(answer).isNotDone();
        next.open();
        assertThat(answer.join()).isEqualTo("next");
    }

    @Test
    void answersOfTheOldServerCloseTheConnectionOnceItHasLeftThePort() throws Exception {
        server(old, "127.0.0.1", port, "old").start();
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.setSoTimeout((int) A_WHILE.toMillis());
            byte[] request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            client.getOutputStream().write(request);
            byte[] first = new byte[400];
            int length = client.getInputStream().read(first);
            assertThat(new String(first, 0, length, StandardCharsets.US_ASCII)).doesNotContain("Connection: close");

            old.retire();
            client.getOutputStream().write(request);

            assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 200")
                    .contains("Connection: close")
                    .endsWith("old");
        }
        old.drain(A_WHILE);
    }

    @Test
    void oldServerGoesOnIfTheNextEnds() throws Exception {
        server(old, "127.0.0.1", port, "old").start();
        pass();
        Tomcat prepared = server(next, "127.0.0.1", port, "next");
        prepared.start();

        prepared.stop();
        old.keep();

        assertThat(ask()).isEqualTo("old");
        assertThat(ask()).isEqualTo("old");
    }

    @Test
    void inheritedSocketIsPassedOnAgain() throws Exception {
        server(old, "127.0.0.1", port, "old").start();
        pass();
        server(next, "127.0.0.1", port, "next").start();
        old.retire();
        next.open();
        assertThat(ask()).isEqualTo("next");

        Ports last = new Ports();
        String _ = last.inheritDuring(directory, () -> {
            next.pass(directory);
            return "";
        });
        server(last, "127.0.0.1", port, "last").start();
        next.retire();
        last.openWhenFree(A_WHILE);

        assertThat(ask()).isEqualTo("last");
    }

    @Test
    void serverOfAnotherPortDoesNotKeepTheOldOneOpen() throws Exception {
        server(old, "127.0.0.1", port, "old").start();
        pass();
        CompletableFuture<Void> started = startSoon(server(next, "127.0.0.1", FreePorts.next(), "next"));
        assertThat(next.awaitPrepared(A_WHILE)).isTrue();
        old.retire();
        next.open();
        started.join();
        next.prepared();

        assertThatThrownBy(this::ask).isInstanceOf(ConnectException.class);
    }

    @Test
    void serverOfAnotherAddressOfThePortBindsWhenTheOldOneHasLeftIt() throws Exception {
        server(old, "127.0.0.1", port, "old").start();
        pass();
        CompletableFuture<Void> started = startSoon(server(next, "0.0.0.0", port, "next"));
        assertThat(next.awaitPrepared(A_WHILE)).isTrue();
        assertThat(ask()).isEqualTo("old");
        old.retire();
        next.open();
        started.join();

        assertThat(ask()).isEqualTo("next");
    }

    @Test
    void withoutAnOldRunnerThatPassesItsSocketTheNextBindsWhenItHasEnded() throws Exception {
        Tomcat older = server(old, "127.0.0.1", port, "old");
        older.start();
        String _ = next.inheritDuring(directory, () -> "an older runner passes nothing");
        CompletableFuture<Void> started = startSoon(server(next, "127.0.0.1", port, "next"));
        assertThat(next.awaitPrepared(A_WHILE)).isTrue();
        next.openWhenFree(Duration.ZERO);
        assertThat(ask()).isEqualTo("old");

        older.stop();
        next.open();
        started.join();

        assertThat(ask()).isEqualTo("next");
    }

    private static CompletableFuture<Void> startSoon(Tomcat tomcat) {
        return soon(() -> {
            try {
                tomcat.start();
            } catch (LifecycleException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** Not on the common pool, which may have one thread. */
    private static CompletableFuture<Void> soon(Runnable work) {
        return CompletableFuture.runAsync(work, Thread::startVirtualThread);
    }

    @Test
    void placeThatAKilledRunnerLeftBehindIsNoSuccessor() throws Exception {
        server(old, "127.0.0.1", port, "old").start();
        Path place = Files.createDirectory(directory.resolve(".ports"))
                .resolve(Objects.requireNonNull(ListeningDescriptor.network()));
        DescriptorLine.Inlet.open(place).close();
        Files.createFile(place);

        old.pass(directory);

        assertThat(ask()).isEqualTo("old");
        pass();
    }

    @Test
    void runnerOfAnotherNetworkGetsNoSocket() throws Exception {
        server(old, "127.0.0.1", port, "old").start();
        try (DescriptorLine.Inlet inlet = DescriptorLine.Inlet.open(
                Files.createDirectory(directory.resolve(".ports")).resolve("1"))) {
            old.pass(directory);
            assertThat(inlet.connection()).isNull();
        }
    }
}
