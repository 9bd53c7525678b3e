package dev.secretproviders.sink;

import dev.secretproviders.audit.AuditRecord;
import dev.secretproviders.audit.CopyTarget;
import dev.secretproviders.sink.SyslogAddress.Protocol;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * A syslog server. Losses over UDP are not detected. Over TCP and TLS, records that were sent while the server went away
 * may be lost or arrive twice.
 */
final class SyslogTarget implements CopyTarget {
    /** Below the maximum of a datagram over IPv4, with room for the headers. */
    private static final int LONGEST_DATAGRAM = 60_000;

    private static final int CONNECT_MILLIS = 5_000;
    private static final Duration LONGEST_WRITE = Duration.ofSeconds(10);
    /** The time to say goodbye by TLS. A write that hangs makes this wait. */
    private static final Duration LONGEST_CLOSE = Duration.ofMillis(100);

    private static final List<String> TLS_VERSIONS = List.of("TLSv1.3", "TLSv1.2");

    private final SyslogServer server;
    private final SyslogAddress address;
    private final Duration longestWrite;
    private @Nullable SyslogMessage messages;
    private @Nullable DatagramSocket datagrams;
    private volatile @Nullable Socket connection;
    /** What is below the connection: the only socket that can be closed while a write to a TLS server hangs. */
    private volatile @Nullable Socket plain;

    private volatile boolean closed;

    SyslogTarget(SyslogServer server) {
        this(server, LONGEST_WRITE);
    }

    /** @param longestWrite how long the server may take to accept what one write has */
    SyslogTarget(SyslogServer server, Duration longestWrite) {
        this.server = server;
        this.longestWrite = longestWrite;
        this.address = server.address();
    }

    @Override
    public String kind() {
        return "syslog";
    }

    @Override
    public String name() {
        return "syslog server " + address;
    }

    @Override
    public void write(List<AuditRecord> records) throws IOException {
        SyslogMessage as = messages;
        if (as == null) {
            // The lookup may ask a name server, so it happens only when there is a record to write.
            as = SyslogMessage.here(hostName());
            messages = as;
        }
        if (address.protocol() == Protocol.UDP) {
            send(records, as);
        } else {
            stream(records, as);
        }
    }

    private void send(List<AuditRecord> records, SyslogMessage as) throws IOException {
        DatagramSocket socket = datagrams;
        if (socket == null) {
            socket = new DatagramSocket();
            datagrams = socket;
        }
        InetAddress host = InetAddress.getByName(address.host());
        for (AuditRecord record : records) {
            byte[] message = as.bytes(record, LONGEST_DATAGRAM);
            socket.send(new DatagramPacket(message, message.length, host, address.port()));
        }
    }

    private void stream(List<AuditRecord> records, SyslogMessage as) throws IOException {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        for (AuditRecord record : records) {
            byte[] message = as.bytes(record, Integer.MAX_VALUE);
            frames.writeBytes((message.length + " ").getBytes(StandardCharsets.US_ASCII));
            frames.writeBytes(message);
        }
        try {
            write(connected(), frames.toByteArray());
        } catch (IOException e) {
            disconnect();
            throw e;
        }
    }

    /** Sockets have no time limit for writing. A server that stops to read would block the copies forever. */
    private void write(Socket to, byte[] bytes) throws IOException {
        CompletableFuture<Boolean> written = endingIfLate(plain, longestWrite);
        try {
            to.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw written.complete(true)
                    ? e
                    : new IOException("it did not accept the records within " + longestWrite.toMillis() + " ms", e);
        } finally {
            boolean _ = written.complete(true);
        }
    }

    /** Closes a socket unless the result is completed within a time. */
    private static CompletableFuture<Boolean> endingIfLate(@Nullable Socket socket, Duration limit) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        var _ = done.orTimeout(limit.toNanos(), TimeUnit.NANOSECONDS).whenComplete((_, late) -> {
            if (late != null) {
                end(socket);
            }
        });
        return done;
    }

    private Socket connected() throws IOException {
        Socket open = connection;
        if (open != null && isEnded(open)) {
            disconnect();
            open = null;
        }
        if (open == null) {
            open = new Socket();
            plain = open;
            connection = open;
            if (closed) {
                throw new SocketException("closed");
            }
            open.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MILLIS);
            if (address.protocol() == Protocol.TLS) {
                open = secured(open);
                connection = open;
            }
            open.setSoTimeout(1);
        }
        return open;
    }

    private Socket secured(Socket plain) throws IOException {
        SSLContext context = server.tls().context();
        SSLSocketFactory factory =
                context == null ? (SSLSocketFactory) SSLSocketFactory.getDefault() : context.getSocketFactory();
        SSLSocket secured = (SSLSocket) factory.createSocket(plain, address.host(), address.port(), true);
        SSLParameters parameters = secured.getSSLParameters();
        // Otherwise a certificate of any server would do.
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setProtocols(TLS_VERSIONS.toArray(String[]::new));
        secured.setSSLParameters(parameters);
        secured.setSoTimeout(CONNECT_MILLIS);
        secured.startHandshake();
        return secured;
    }

    /** Returns whether the server closed the connection. Without this check, the next write would appear to succeed. */
    private static boolean isEnded(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private void disconnect() {
        Socket open = connection;
        connection = null;
        // A close of TLS waits for a write that hangs, and that write ends when the plain socket is closed.
        CompletableFuture<Boolean> closing = endingIfLate(plain, LONGEST_CLOSE);
        end(open);
        boolean _ = closing.complete(true);
    }

    private static void end(@Nullable Socket socket) {
        if (socket != null) {
            try {
                socket.close();
            } catch (IOException e) {
                // The target is closing, so a failure does not matter.
            }
        }
    }

    private static @Nullable String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return null;
        }
    }

    @Override
    public void close() {
        closed = true;
        disconnect();
        DatagramSocket socket = datagrams;
        if (socket != null) {
            socket.close();
        }
    }
}
