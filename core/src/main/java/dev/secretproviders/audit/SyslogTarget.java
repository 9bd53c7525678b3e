package dev.secretproviders.audit;

import dev.secretproviders.audit.SyslogAddress.Protocol;
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
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A syslog server. Losses over UDP are not detected. Over TCP, records that were sent while the server went away may be
 * lost or arrive twice.
 */
final class SyslogTarget implements CopyTarget {
    /** Below the maximum of a datagram over IPv4, with room for the headers. */
    private static final int LONGEST_DATAGRAM = 60_000;

    private static final int CONNECT_MILLIS = 5_000;

    private final SyslogAddress address;
    private @Nullable SyslogMessage messages;
    private @Nullable DatagramSocket datagrams;
    private volatile @Nullable Socket connection;
    private volatile boolean closed;

    SyslogTarget(SyslogAddress address) {
        this.address = address;
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
            connected().getOutputStream().write(frames.toByteArray());
        } catch (IOException e) {
            disconnect();
            throw e;
        }
    }

    private Socket connected() throws IOException {
        Socket open = connection;
        if (open != null && isEnded(open)) {
            disconnect();
            open = null;
        }
        if (open == null) {
            open = new Socket();
            connection = open;
            if (closed) {
                throw new SocketException("closed");
            }
            open.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MILLIS);
            open.setSoTimeout(1);
        }
        return open;
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
        if (open != null) {
            try {
                open.close();
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
