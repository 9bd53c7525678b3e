package dev.secretproviders.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.app.cli.call.LocalCall;
import dev.secretproviders.app.cli.call.LocalCall.NoRunnerException;
import dev.secretproviders.app.cli.call.RunningRunner;
import dev.secretproviders.app.wiring.CommandSocket;
import dev.secretproviders.app.wiring.LocalUser;
import dev.secretproviders.audit.Actor;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Both ends of the socket through which commands call a running runner. */
class CommandSocketTest {
    private static final int LARGE = 1_000_000;
    private static final int SOMEBODY = 54_321;

    @TempDir
    Path directory;

    private Path data = Path.of("");

    @BeforeEach
    void aDataDirectory() throws IOException {
        data = Files.createDirectory(
                directory.resolve("data"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    @Test
    void tellsTheServletWhichUserCalls() throws Exception {
        try (CommandSocket _ = opened();
                LocalCall call = LocalCall.send(data, "GET", "/admin/whoami?a=b", null)) {
            assertThat(call.status()).isEqualTo(200);
            assertThat(call.type()).isEqualTo("text/plain");
            assertThat(text(call))
                    .isEqualTo("GET /admin/whoami a=b by " + LocalUser.current().name() + " with ");
        }
    }

    @Test
    void carriesBodiesBothWays() throws Exception {
        try (CommandSocket _ = opened()) {
            try (LocalCall call = LocalCall.send(data, "POST", "/admin/thing", "{\"ü\": 1}")) {
                assertThat(text(call)).endsWith(" with {\"ü\": 1}");
            }
            try (LocalCall call = LocalCall.send(data, "GET", "/admin/large", null)) {
                assertThat(call.body().readAllBytes()).hasSize(LARGE);
            }
        }
    }

    @Test
    void isForItsOwnerOnlyAndReplacesWhatARunnerThatWasKilledLeftBehind() throws Exception {
        try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            left.bind(UnixDomainSocketAddress.of(CommandSocket.in(data)));
        }
        Files.createDirectories(data.resolve(".admin"));
        CommandSocket socket = opened();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(CommandSocket.in(data))))
                .isEqualTo("rw-------");
        assertThat(new RunningRunner(data).present()).isTrue();
        socket.close();
        assertThat(data).isEmptyDirectory();
        assertThatThrownBy(() -> LocalCall.send(data, "GET", "/admin/whoami", null))
                .isInstanceOf(NoRunnerException.class);
    }

    @Test
    void whatIsNotOursIsNotReplaced() throws Exception {
        Files.writeString(CommandSocket.in(data), "not a socket");
        assertThat(CommandSocket.open(data, new Echo())).isNull();
        assertThat(CommandSocket.in(data)).hasContent("not a socket");
        assertThatThrownBy(() -> LocalCall.send(data, "GET", "/admin/whoami", null))
                .hasMessageContaining("is not the socket of a runner");
    }

    @Test
    void aPathThatIsTooLongIsRefused() {
        Path far = data.resolve("a".repeat(100));
        assertThat(CommandSocket.fits(far)).isFalse();
        assertThat(CommandSocket.open(far, new Echo())).isNull();
    }

    @Test
    void aSocketThatOthersMayOpenIsNotCalled() throws Exception {
        try (CommandSocket _ = opened()) {
            Files.setPosixFilePermissions(CommandSocket.in(data), PosixFilePermissions.fromString("rw-rw-rw-"));
            assertThatThrownBy(() -> new RunningRunner(data).ask("GET", "/admin/whoami", null, "name"))
                    .hasMessageContaining("only its owner may open");
        }
    }

    /** Needs root, because only root can change the owner of a file and open another user's socket. */
    @Test
    @EnabledIfSystemProperty(named = "user.name", matches = "root")
    void rootCallsASocketOfAnotherUserOnlyIfThatUserAloneCanHaveMadeIt() throws Exception {
        try (CommandSocket _ = opened()) {
            Files.setAttribute(CommandSocket.in(data), "unix:uid", SOMEBODY);
            assertThatThrownBy(() -> new RunningRunner(data).ask("GET", "/admin/whoami", null, "name"))
                    .hasMessageContaining("belongs neither to this user nor to the owner");
            Files.setAttribute(data, "unix:uid", SOMEBODY);
            assertThat(new RunningRunner(data).present()).isTrue();
            Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxrwxrwx"));
            assertThatThrownBy(() -> new RunningRunner(data).ask("GET", "/admin/whoami", null, "name"))
                    .hasMessageContaining("others may write to");
        }
    }

    @Test
    void onlyAnAnswerOfTheExpectedShapeIsSuccess() throws Exception {
        RunningRunner runner = new RunningRunner(data);
        answeredBy(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                () -> assertThatThrownBy(() -> runner.ask("POST", "/admin/compact", null, "bytes_after"))
                        .hasMessageContaining("not known whether anything was done"));
        answeredBy(
                "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
                () -> assertThatThrownBy(() -> runner.ask("POST", "/admin/compact", null, "bytes_after"))
                        .hasMessageContaining("not known whether anything was done"));
        answeredBy("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi", () -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            assertThatThrownBy(() -> runner.call("POST", "/admin/backup", "application/octet-stream", out))
                    .hasMessageContaining("not known whether anything was done");
            assertThat(out.size()).isZero();
        });
        answeredBy(
                "SSH-2.0-OpenSSH\r\n",
                () -> assertThatThrownBy(() -> runner.ask("POST", "/admin/compact", null, "bytes_after"))
                        .hasMessageContaining("does not speak HTTP"));
        answeredBy(
                "HTTP/1.1 403 \r\nContent-Length: 19\r\n\r\n{\"error_msg\":\"no\"} ",
                () -> assertThatThrownBy(() -> runner.ask("POST", "/admin/compact", null, "bytes_after"))
                        .hasMessage("the runner refused: no (403)"));
    }

    @Test
    void anAnswerThatIsCutOffIsNoAnswer() throws Exception {
        answeredBy(
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                () -> assertThatThrownBy(() -> text(sent())).isInstanceOf(EOFException.class));
        answeredBy(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
                () -> assertThatThrownBy(() -> text(sent())).isInstanceOf(EOFException.class));
        answeredBy(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n",
                () -> assertThat(text(sent())).isEqualTo("whole"));
    }

    @Test
    void aChunkOfLessThanNothingIsNoAnswer() throws Exception {
        answeredBy(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n",
                () -> assertThatThrownBy(() -> text(sent()))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("not valid HTTP"));
    }

    @Test
    void anAuditLogThatIsIntactHasRecords() throws Exception {
        RunningRunner runner = new RunningRunner(data);
        answeredBy(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"intact\":true}",
                () -> assertThatThrownBy(() -> new AuditCommand.Verify().through(runner))
                        .hasMessageContaining("not known whether anything was done"));
    }

    private LocalCall sent() throws IOException {
        return LocalCall.send(data, "GET", "/admin/whoami", null);
    }

    private interface Check {
        void run() throws Exception;
    }

    /** Runs a check while a listener that is not a runner gives one answer. */
    private void answeredBy(String answer, Check check) throws Exception {
        Path place = CommandSocket.in(data);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(place));
            Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rw-------"));
            Thread.ofVirtual().start(() -> {
                try (SocketChannel client = server.accept()) {
                    int _ = client.read(ByteBuffer.allocate(10_000));
                    int _ = client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            check.run();
        } finally {
            Files.deleteIfExists(place);
        }
    }

    private CommandSocket opened() {
        return Objects.requireNonNull(CommandSocket.open(data, new Echo()));
    }

    private static String text(LocalCall call) throws IOException {
        return new String(call.body().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static final class Echo extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setContentType("text/plain;charset=utf-8");
            if (request.getRequestURI().endsWith("/large")) {
                response.getOutputStream().write(new byte[LARGE]);
                return;
            }
            Object caller = request.getAttribute(Caller.LOCAL);
            String body = new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            response.getOutputStream()
                    .write("%s %s %s by %s with %s"
                            .formatted(
                                    request.getMethod(),
                                    request.getRequestURI(),
                                    request.getQueryString(),
                                    caller instanceof Actor actor ? actor.name() : "no caller",
                                    body)
                            .getBytes(StandardCharsets.UTF_8));
        }
    }
}
