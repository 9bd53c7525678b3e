package dev.secretproviders.audit;

import static dev.secretproviders.audit.AuditFixture.JANE;
import static dev.secretproviders.audit.AuditFixture.event;
import static dev.secretproviders.audit.AuditFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.sink.AuditSettings;
import dev.secretproviders.sink.SyslogAddress;
import dev.secretproviders.sink.SyslogAddress.Protocol;
import dev.secretproviders.sink.SyslogServer;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/** Copies of records as syslog messages (RFC 5424), over UDP (RFC 5426) and TCP (RFC 6587). */
@Timeout(60)
class AuditSyslogTest extends WithAuditLog {
    private static final int LARGEST_DATAGRAM = 65_535;
    private static final int PATIENCE_MILLIS = 20_000;

    @Test
    void udpMessageHasTheRecordAfterTheHeader() throws Exception {
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            AuditLog log = fixture.copying(copies(Protocol.UDP, server.getLocalPort()));
            log.record(event("provider/vault/prod"));

            String message = receive(server);

            assertThat(message)
                    .matches(
                            "<109>1 2026-03-01T12:00:00\\.000Z \\S{1,255} secret-providers \\d{1,128} provider\\.create"
                                    + " - \\{.*}")
                    .endsWith(" - " + text(fixture.storedRecord(1)));
        }
    }

    @Test
    void failureIsAWarning() throws Exception {
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            AuditLog log = fixture.copying(copies(Protocol.UDP, server.getLocalPort()));
            log.record(AuditEvent.failed(EventCode.PROVIDER_UPDATE_FORCED, JANE, "p", "no"));

            assertThat(receive(server)).startsWith("<108>1 ").contains(" provider.update-forced.failed - {");
        }
    }

    @Test
    void recordTooLongForADatagramGoesWithoutItsObjects() throws Exception {
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            AuditLog log = fixture.copying(copies(Protocol.UDP, server.getLocalPort()));
            log.record(large("provider/vault/prod"));

            String message = receive(server);

            JsonNode record = JsonMapper.shared().readTree(message.substring(message.indexOf('{')));
            assertThat(record.path("resource_id").asString()).isEqualTo("provider/vault/prod");
            assertThat(record.path("shortened").asBoolean()).isTrue();
            assertThat(record.has("after")).isFalse();
        }
    }

    @Test
    void tcpMessagesAreFramedByTheirLengths() throws Exception {
        try (ServerSocket server = listen(0)) {
            AuditLog log = fixture.copying(copies(Protocol.TCP, server.getLocalPort()));
            log.record(event("p1"));
            log.record(large("\u00e4\u20ac"));
            try (Socket connection = server.accept()) {
                connection.setSoTimeout(PATIENCE_MILLIS);
                InputStream in = connection.getInputStream();

                assertThat(frame(in)).startsWith("<109>1 ").endsWith(text(fixture.storedRecord(1)));
                assertThat(frame(in)).endsWith(text(fixture.storedRecord(2)));
            }
        }
    }

    @Test
    void serverThatComesBackGetsWhatIsWrittenFromThenOn() throws Exception {
        int port;
        AuditLog log;
        try (ServerSocket server = listen(0)) {
            port = server.getLocalPort();
            log = fixture.copying(copies(Protocol.TCP, port));
            log.record(event("p1"));
            try (Socket connection = server.accept()) {
                connection.setSoTimeout(PATIENCE_MILLIS);
                assertThat(frame(connection.getInputStream())).contains("\"p1\"");
            }
        }
        log.record(event("p2"));
        try (ServerSocket again = listen(port);
                Socket connection = again.accept()) {
            connection.setSoTimeout(PATIENCE_MILLIS);

            assertThat(frame(connection.getInputStream())).contains("\"p2\"");
        }
    }

    @Test
    void deadServerBlocksNothingAndItsLossIsCounted() throws Exception {
        int port;
        try (ServerSocket free = listen(0)) {
            port = free.getLocalPort();
        }
        AuditCopies copies = AuditCopies.to(targets(Protocol.TCP, port), 5);
        AuditLog log = fixture.copying(copies);

        for (int i = 0; i < 200; i++) {
            log.record(event("p" + i));
        }

        assertThat(fixture.records()).hasSize(200);
        await().atMost(Duration.ofMillis(PATIENCE_MILLIS)).until(() -> copies.failures() > 0);
        log.close();
        assertThat(copies.lost()).isEqualTo(200);
    }

    @Test
    void serverThatReadsNothingBlocksNothing() throws Exception {
        try (ServerSocket server = listen(0)) {
            AuditCopies copies = AuditCopies.to(targets(Protocol.TCP, server.getLocalPort()), 5);
            AuditLog log = fixture.copying(copies);

            for (int i = 0; i < 120; i++) {
                log.record(large("p" + i));
            }

            assertThat(fixture.records()).hasSize(120);
            assertThat(copies.lost()).isPositive();
            long start = System.nanoTime();
            log.close();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        }
    }

    /** Returns an event whose record is too large for a datagram. */
    private static AuditEvent large(String object) {
        return event(object)
                .changing(null, JsonNodeFactory.instance.objectNode().put("desc", "x".repeat(200_000)));
    }

    private static AuditCopies copies(Protocol protocol, int port) {
        return AuditCopies.to(targets(protocol, port));
    }

    private static List<CopyTarget> targets(Protocol protocol, int port) {
        SyslogServer server = new SyslogServer(new SyslogAddress(protocol, "127.0.0.1", port), TlsSettings.DEFAULT);
        return new AuditSettings(Duration.ZERO, null, server, null).copies();
    }

    private static ServerSocket listen(int port) throws IOException {
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.setSoTimeout(PATIENCE_MILLIS);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return server;
    }

    private static String receive(DatagramSocket server) throws IOException {
        server.setSoTimeout(PATIENCE_MILLIS);
        DatagramPacket packet = new DatagramPacket(new byte[LARGEST_DATAGRAM], LARGEST_DATAGRAM);
        server.receive(packet);
        return text(Arrays.copyOf(packet.getData(), packet.getLength()));
    }

    /** Reads one message: its length in bytes, a space, the message. */
    private static String frame(InputStream in) throws IOException {
        StringBuilder length = new StringBuilder();
        for (int digit = in.read(); digit != ' '; digit = in.read()) {
            if (digit < '0' || digit > '9') {
                throw new EOFException("no frame after '" + length + "'");
            }
            length.append((char) digit);
        }
        return new String(in.readNBytes(Integer.parseInt(length.toString())), StandardCharsets.UTF_8);
    }
}
