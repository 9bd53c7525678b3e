package dev.secretproviders.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Notices reach the socket that systemd names, and nothing depends on it. */
final class ServiceNoticeTest {
    @TempDir
    private Path directory;

    @Test
    void noticeArrives() throws Exception {
        Path place = directory.resolve("notify");
        NativeIo.available();
        Socket systemd = Socket.newSocketDomainDgram();
        try {
            systemd.bind(new DomainSocketAddress(place.toFile()));

            ServiceNotice.READY.send(Map.of("NOTIFY_SOCKET", place.toString()));

            ByteBuffer received = ByteBuffer.allocateDirect(100);
            int length = systemd.recvFromDomainSocket(received, 0, received.capacity())
                    .receivedAmount();
            byte[] text = new byte[length];
            received.get(0, text);
            assertThat(new String(text, StandardCharsets.UTF_8)).isEqualTo("READY=1");
        } finally {
            systemd.close();
        }
    }

    @Test
    void nothingFailsWithoutSystemd() {
        assertThatCode(() -> {
                    ServiceNotice.READY.send(Map.of());
                    ServiceNotice.STOPPING.send(
                            Map.of("NOTIFY_SOCKET", directory.resolve("none").toString()));
                    ServiceNotice.STOPPING.send(Map.of("NOTIFY_SOCKET", "@none"));
                })
                .doesNotThrowAnyException();
    }
}
