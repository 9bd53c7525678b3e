package dev.secretproviders.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.peers.ServerSpec.Place;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

class PeerTest {
    private static final ServerSpec MISSING =
            new ServerSpec("openbao", "no-such-binary", "none", Map.of(), place -> List.of());

    @Test
    void aMissingPeerFailsWithTheRemedy(@TempDir Path directory) {
        assertThatThrownBy(() -> new NativeServer(MISSING, new Place("127.0.0.1", 1, directory)))
                .isInstanceOf(PeerUnavailableException.class)
                .hasMessageContaining("./scripts/peers install openbao");
    }

    @Test
    void onlyOptionalPeersOutsideCiAbortTheTestInstead() {
        var missing = new PeerUnavailableException("Remedy: ...");

        assertThat(missing.orAbort(false, false)).isSameAs(missing);
        assertThat(missing.orAbort(true, false)).isSameAs(missing);
        assertThat(missing.orAbort(true, true)).isSameAs(missing);
        assertThat(missing.orAbort(false, true))
                .isInstanceOf(TestAbortedException.class)
                .hasMessage("Remedy: ...");
    }

    @Test
    void aPeerThatEndsAtOnceIsReportedWithItsLog() {
        ServerSpec broken = new ServerSpec("etcd", "etcd", "none", Map.of(), place -> List.of("--no-such-flag"));
        Peer peer = Peer.launch(broken);

        assertThatThrownBy(() -> peer.awaitReady(() -> false))
                .isInstanceOf(PeerFailedException.class)
                .hasMessageContaining("etcd ended by itself")
                .hasMessageContaining("no-such-flag");
        assertThat(peer.directory()).doesNotExist();
    }

    @Test
    void aFrozenPeerAnswersNothingUntilItIsResumedAndCanBeStopped() throws IOException {
        try (Etcd etcd = Etcd.start();
                Socket socket =
                        new Socket(etcd.endpoint().getHost(), etcd.endpoint().getPort())) {
            socket.setSoTimeout(500);
            etcd.pause();
            socket.getOutputStream().write("GET /health HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);

            etcd.resume();
            etcd.put("k", "1");
            assertThat(etcd.get("k")).isEqualTo("1");

            etcd.pause();
            etcd.stop();
            etcd.startAgain();
            assertThat(etcd.get("k")).isEqualTo("1");
        }
    }
}
