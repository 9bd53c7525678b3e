package dev.secretproviders.transport.socket;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connection on which one process passes descriptors to another. Nothing here waits: what was sent is there as soon as
 * the call that sent it has returned. The end of the connection is a message, too. On Linux only. Thread-safe.
 */
public final class DescriptorLine implements AutoCloseable {
    private static final int ADDRESS_BYTES = 26;
    /** From sys/un.h. The system cuts a longer path. */
    private static final int LONGEST_PATH = 107;

    private final Socket socket;
    /** Afterwards the number of the socket may be that of another one. */
    private boolean closed;

    private DescriptorLine(Socket socket) {
        this.socket = socket;
    }

    /** Where a process waits for such a connection. */
    public static final class Inlet implements AutoCloseable {
        private final Socket socket;
        private final Path place;

        private Inlet(Socket socket, Path place) {
            this.socket = socket;
            this.place = place;
        }

        /**
         * Listens at a path.
         *
         * @param place in a directory that only this user can enter
         */
        public static Inlet open(Path place) throws IOException {
            if (place.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
                throw new IOException("the path " + place + " is too long for a socket");
            }
            Files.deleteIfExists(place);
            Socket socket = Socket.newSocketDomain();
            boolean listens = false;
            try {
                socket.bind(new DomainSocketAddress(place.toString()));
                socket.listen(1);
                listens = true;
                return new Inlet(socket, place);
            } finally {
                if (!listens) {
                    socket.close();
                }
            }
        }

        /** Returns the connection, or null if the other process has not made one. */
        public @Nullable DescriptorLine connection() throws IOException {
            int accepted = socket.accept(new byte[ADDRESS_BYTES]);
            return accepted < 0 ? null : new DescriptorLine(new Socket(accepted));
        }

        @Override
        public void close() {
            try {
                socket.close();
                Files.deleteIfExists(place);
            } catch (IOException e) {
                // The next takeover removes it.
            }
        }
    }

    /**
     * Connects to another process.
     *
     * @return null if none waits there
     */
    public static @Nullable DescriptorLine connect(Path place) throws IOException {
        if (!Files.exists(place)) {
            return null;
        }
        Socket socket = Socket.newSocketDomain();
        boolean connected = false;
        try {
            connected = socket.connect(new DomainSocketAddress(place.toString()));
            return connected ? new DescriptorLine(socket) : null;
        } catch (ConnectException e) {
            // Left behind by a process that ended.
            return null;
        } finally {
            if (!connected) {
                socket.close();
            }
        }
    }

    /** Passes a descriptor, which stays open here. */
    public synchronized void send(int descriptor) throws IOException {
        if (closed || socket.sendFd(descriptor) < 0) {
            throw new IOException("the other process does not take descriptors");
        }
    }

    /** Returns the descriptors that have come. The caller owns them. */
    public synchronized List<Integer> received() throws IOException {
        List<Integer> received = new ArrayList<>();
        for (int next = closed ? -1 : socket.recvFd(); next > 0; next = socket.recvFd()) {
            received.add(next);
        }
        return received;
    }

    /** Returns whether the other process has closed the connection, or has ended. */
    public synchronized boolean ended() {
        try {
            return closed || socket.recvFd() < 0;
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            socket.close();
        } catch (IOException e) {
            // The system closes it when the process ends.
        }
    }
}
