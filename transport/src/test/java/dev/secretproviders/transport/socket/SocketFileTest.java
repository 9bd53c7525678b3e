package dev.secretproviders.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.UnixSocketServer;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The socket has its owner and mode before any process can connect, and no other file is touched. */
final class SocketFileTest {
    @TempDir
    private Path directory;

    private Path socket() {
        return directory.resolve("runner.sock");
    }

    private UnixSocketServer server(SocketAccess access) {
        return new UnixSocketServer(
                TransportOptions.of(socket()).withAccess(access), List.of(), List.of(), TestServer::verdict);
    }

    private static Map<String, Object> attributes(Path path) throws IOException {
        return Files.readAttributes(path, "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isRoot() throws IOException {
        return Integer.valueOf(0).equals(Files.getAttribute(Files.createTempFile("own", ""), "unix:uid"));
    }

    private static void stop(UnixSocketServer server) {
        server.stop(Duration.ofSeconds(2));
    }

    @Test
    void socketThatNobodyListensOnIsReplaced() throws IOException {
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket()));
        }
        assertThat(socket()).exists();

        UnixSocketServer server = server(SocketAccess.DEFAULT);
        TestServer.listen(server);
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            assertThat(client.isConnected()).isTrue();
        } finally {
            stop(server);
        }
    }

    @Test
    void socketIsReplacedByAnotherOneButNotByNone() throws IOException {
        UnixSocketServer first = server(SocketAccess.DEFAULT);
        TestServer.listen(first);
        UnixSocketServer next = new UnixSocketServer(
                TransportOptions.of(socket()).withReplacing(), List.of(), List.of(), TestServer::verdict);
        try {
            assertThat(first.replaced()).isFalse();
            Files.delete(socket());
            assertThat(first.replaced()).as("a file that is missing").isFalse();
            TestServer.listen(next);
            assertThat(first.replaced()).isTrue();
        } finally {
            stop(first);
            stop(next);
        }
    }

    @Test
    void socketThatIsInUseIsRefusedAndGoesOnWorking() throws IOException {
        UnixSocketServer first = server(SocketAccess.DEFAULT);
        TestServer.listen(first);
        assertThatThrownBy(() -> server(SocketAccess.DEFAULT).bind(null))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another process listens on " + socket());
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            assertThat(client.isConnected()).isTrue();
        } finally {
            stop(first);
        }
    }

    @Test
    void fileThatIsNoSocketIsRefusedAndKept() throws IOException {
        Files.writeString(socket(), "precious");
        assertThatThrownBy(() -> server(SocketAccess.DEFAULT).bind(null))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is no socket: remove it or choose another path");
        assertThat(socket()).hasContent("precious");
    }

    @Test
    void linkToASocketIsRefused() throws IOException {
        Files.createSymbolicLink(socket(), directory.resolve("elsewhere"));
        assertThatThrownBy(() -> server(SocketAccess.DEFAULT).bind(null)).hasMessageContaining("is no socket");
    }

    @Test
    void missingDirectoryIsNamed() {
        Path missing = directory.resolve("missing/runner.sock");
        assertThatThrownBy(() -> new UnixSocketServer(
                                TransportOptions.of(missing), List.of(), List.of(), TestServer::verdict)
                        .bind(null))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(missing.toString())
                .hasMessageContaining("create it");
    }

    @Test
    void defaultLetsTheWorkersOfAnApisixStartedByRootConnectAndNobodyElse() throws IOException {
        assumeTrue(isRoot(), "only root can give a socket to another user");
        UnixSocketServer server = server(SocketAccess.DEFAULT);
        TestServer.listen(server);
        try {
            Object nobody = Files.getAttribute(
                    Files.setOwner(
                            Files.createFile(directory.resolve("sample")),
                            directory
                                    .getFileSystem()
                                    .getUserPrincipalLookupService()
                                    .lookupPrincipalByName("nobody")),
                    "unix:uid");
            assertThat(attributes(socket())).containsEntry("uid", nobody).containsEntry("gid", 0);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
                    .isEqualTo("rw-rw----");
        } finally {
            stop(server);
        }
    }

    @Test
    void ownerGroupAndModeAreAsConfigured() throws IOException {
        assumeTrue(isRoot(), "only root can give a socket to another user");
        UnixSocketServer server = server(new SocketAccess("636", "636", "0600"));
        TestServer.listen(server);
        try {
            assertThat(attributes(socket())).containsEntry("uid", 636).containsEntry("gid", 636);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
                    .isEqualTo("rw-------");
        } finally {
            stop(server);
        }
    }

    @Test
    void socketIsReadyWithItsAccessBeforeItIsAtItsPlace() throws IOException {
        SocketFile file = SocketFile.create(socket(), new SocketAccess(null, null, "0600"), false, path -> {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())))
                    .isEqualTo("rwx------");
            assertThat(socket()).doesNotExist();
            try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                channel.bind(UnixDomainSocketAddress.of(path));
            }
        });
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
                .isEqualTo("rw-------");
        try (var left = Files.list(directory)) {
            assertThat(left).containsExactly(socket());
        }
        file.removeIfOurs();
        assertThat(socket()).doesNotExist();
    }

    @Test
    void unknownUserIsNamed() {
        assertThatThrownBy(() ->
                        server(new SocketAccess("no-such-user", null, "0660")).bind(null))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no-such-user does not exist here");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void modeIsAZeroAndThreeOctalDigits() {
        for (String mode : List.of("", "9", "0888", "rw-rw----", "01777", "660", "432")) {
            assertThatThrownBy(() -> new SocketAccess(null, null, mode)).hasMessageContaining("three octal digits");
        }
    }

    @Test
    void stopRemovesTheSocketButNotThatOfASuccessor() throws IOException {
        UnixSocketServer first = server(SocketAccess.DEFAULT);
        TestServer.listen(first);
        Files.delete(socket());
        UnixSocketServer second = server(SocketAccess.DEFAULT);
        TestServer.listen(second);

        stop(first);
        assertThat(socket()).exists();
        stop(second);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void pathThatIsTooLongIsExplained() throws IOException {
        Path deep = Files.createDirectories(directory.resolve("d".repeat(100)));
        assertThatThrownBy(() -> new UnixSocketServer(
                                TransportOptions.of(deep.resolve("runner.sock")),
                                List.of(),
                                List.of(),
                                TestServer::verdict)
                        .bind(null))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("too long for a Unix socket");
    }
}
