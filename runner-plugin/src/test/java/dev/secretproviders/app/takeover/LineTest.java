package dev.secretproviders.app.takeover;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first words of a takeover. */
final class LineTest {
    @TempDir
    private Path directory;

    @Test
    void aHandOverOfALaterVersionIsRefusedWithBothVersionsAndTheRemedy() throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(address);
            try (SocketChannel later = SocketChannel.open(address);
                    Line line = new Line(server.accept(), null)) {
                // The mark "SPT1" and the version.
                ByteBuffer greeting =
                        ByteBuffer.allocate(8).putInt(0x53505431).putInt(2).flip();
                while (greeting.hasRemaining()) {
                    int _ = later.write(greeting);
                }

                assertThatThrownBy(line::requireSameVersion)
                        .isInstanceOf(RefusedTakeoverException.class)
                        .hasMessageContaining("in version 2, and this one in version 1")
                        .hasMessageContaining("stop it, then start the new one");
            }
        }
    }
}
