package dev.secretproviders.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.audit.Actor;
import dev.secretproviders.audit.AuditEvent;
import dev.secretproviders.audit.AuditLog;
import dev.secretproviders.audit.AuditQuery;
import dev.secretproviders.audit.AuditRecord;
import dev.secretproviders.audit.EventCode;
import dev.secretproviders.audit.TestAudit;
import dev.secretproviders.certificate.TestCertificates;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.sink.SyslogAddress.Protocol;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;

/** A syslog server that accepts a connection over TLS, shakes hands and then reads nothing. */
@Timeout(60)
class SyslogStallTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path temp;

    private final TestCertificates.Issued authority =
            TestCertificates.authority("A root").make();
    private final ServerSocket listening = listen();
    private List<AuditRecord> tooMany = List.of();

    private volatile @Nullable Socket accepted;

    @BeforeEach
    void open() throws Exception {
        try (Store store = EmbeddedStore.open(temp.resolve("store.db"), Duration.ZERO);
                AuditLog log = TestAudit.open(store)) {
            log.record(AuditEvent.done(EventCode.PROVIDER_CREATE, new Actor("t1", "jane", "api", "192.0.2.7"), "p")
                    .changing(null, JsonNodeFactory.instance.objectNode().put("desc", "x".repeat(200_000))));
            // More than the buffers of both sides hold.
            tooMany = Collections.nCopies(
                    100, log.query(AuditQuery.all()).records().getFirst());
        }
        SSLContext context = context();
        Thread.ofPlatform().daemon().name("silent-server").start(() -> shakeHands(context));
    }

    @AfterEach
    void close() throws IOException {
        listening.close();
        Socket socket = accepted;
        if (socket != null) {
            socket.close();
        }
    }

    private static ServerSocket listen() {
        try {
            ServerSocket socket = new ServerSocket();
            socket.setReceiveBufferSize(8_192);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            return socket;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private SSLContext context() throws Exception {
        TestCertificates.Issued own =
                TestCertificates.server("localhost").by(authority).make();
        return Objects.requireNonNull(TlsSettings.ofPem(null, ascii(own.pem()), ascii(own.key()), true)
                .context());
    }

    private void shakeHands(SSLContext context) {
        try {
            Socket socket = listening.accept();
            SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(socket, null, true);
            secured.startHandshake();
            accepted = socket;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private SyslogTarget target(Duration longestWrite) throws Exception {
        TlsSettings trusting = TlsSettings.ofPem(ascii(authority.own()), null, null, true);
        SyslogAddress address = new SyslogAddress(Protocol.TLS, "localhost", listening.getLocalPort());
        return new SyslogTarget(new SyslogServer(address, trusting), longestWrite);
    }

    private static byte[] ascii(String pem) {
        return pem.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void writeEndsAfterItsTime() throws Exception {
        try (SyslogTarget target = target(Duration.ofMillis(500))) {
            assertThatThrownBy(() -> target.write(tooMany))
                    .isInstanceOf(IOException.class)
                    .hasMessage("it did not accept the records within 500 ms");
        }
    }

    @Test
    void writeThatHangsDoesNotHoldUpTheStop() throws Exception {
        SyslogTarget target = target(Duration.ofMinutes(10));
        CompletableFuture<@Nullable IOException> ended = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("hanging-write").start(() -> {
            try {
                target.write(tooMany);
                ended.complete(null);
            } catch (IOException e) {
                ended.complete(e);
            }
        });
        await().atMost(SOON).until(() -> {
            Socket socket = accepted;
            return socket != null && socket.getInputStream().available() > 0;
        });
        long start = System.nanoTime();

        target.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        assertThat(ended).succeedsWithin(SOON).isNotNull();
    }
}
