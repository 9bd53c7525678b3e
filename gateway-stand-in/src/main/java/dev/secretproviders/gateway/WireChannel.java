package dev.secretproviders.gateway;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/**
 * One connection to the runner, used by one request at a time. Reads and writes block; on a virtual thread they
 * release the carrier. After the timeout, the operation fails and the connection closes, as in nginx.
 */
final class WireChannel implements Closeable {
    /** {@code lua_socket_buffer_size}. */
    private static final int READ_BUFFER = 4096;

    /** Larger writes would keep direct buffers of their size. */
    private static final int WRITE_CHUNK = 1 << 16;

    private static final long NONE = Long.MAX_VALUE;

    private final SocketChannel channel;
    private final long timeoutNanos;
    private final ByteBuffer input = ByteBuffer.allocate(READ_BUFFER).flip();

    /** The {@code System.nanoTime} at which the current operation times out. */
    private volatile long deadline = NONE;

    private volatile boolean timedOut;
    private long idleSince;

    private WireChannel(SocketChannel channel, Duration timeout) {
        this.channel = channel;
        this.timeoutNanos = timeout.toNanos();
    }

    /** Connects. If the runner's backlog is full, this fails at once, as in nginx. */
    static WireChannel connect(Path socket, Duration timeout) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.configureBlocking(false);
            if (!channel.connect(UnixDomainSocketAddress.of(socket))) {
                throw new ConnectException("not connected at once");
            }
            channel.configureBlocking(true);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        WireChannel connection = new WireChannel(channel, timeout);
        Deadlines.watch(connection);
        return connection;
    }

    void send(Frame frame) throws IOException {
        byte[] body = frame.body().array();
        if (body.length > Frame.MAX_LENGTH) {
            throw new IOException(Frame.tooLong(body.length));
        }
        ByteBuffer bytes = ByteBuffer.wrap(frame.encode());
        try {
            while (bytes.hasRemaining()) {
                ByteBuffer chunk = bytes.slice(bytes.position(), Math.min(bytes.remaining(), WRITE_CHUNK));
                deadline = System.nanoTime() + timeoutNanos;
                bytes.position(bytes.position() + channel.write(chunk));
            }
        } catch (ClosedChannelException e) {
            throw ended(e);
        } finally {
            deadline = NONE;
        }
    }

    Frame receive() throws IOException {
        byte[] header = new byte[Frame.HEADER_LENGTH];
        receive(header);
        byte[] body = new byte[Frame.length(header[1], header[2], header[3])];
        receive(body);
        return new Frame(header[0] & 0xff, Body.owning(body));
    }

    private void receive(byte[] target) throws IOException {
        int done = Math.min(input.remaining(), target.length);
        input.get(target, 0, done);
        try {
            while (done < target.length) {
                deadline = System.nanoTime() + timeoutNanos;
                int missing = target.length - done;
                if (missing >= READ_BUFFER) {
                    ByteBuffer direct = ByteBuffer.wrap(target, done, Math.min(missing, WRITE_CHUNK));
                    done += read(direct);
                } else {
                    input.clear();
                    try {
                        read(input);
                    } finally {
                        input.flip();
                    }
                    int got = Math.min(input.remaining(), missing);
                    input.get(target, done, got);
                    done += got;
                }
            }
        } catch (ClosedChannelException e) {
            throw ended(e);
        } finally {
            deadline = NONE;
        }
    }

    private int read(ByteBuffer target) throws IOException {
        int count = channel.read(target);
        if (count < 0) {
            throw new EOFException("closed");
        }
        return count;
    }

    private IOException ended(ClosedChannelException e) {
        IOException end = timedOut ? new SocketTimeoutException("timeout") : new EOFException("closed");
        end.initCause(e);
        return end;
    }

    /**
     * Returns whether this may carry another request: both ends are open and no unexpected bytes arrived. nginx closes
     * an idle connection as soon as anything arrives on it; the stand-in checks before it uses the connection again.
     */
    boolean isQuiet() {
        if (input.hasRemaining() || !channel.isOpen()) {
            return false;
        }
        try {
            channel.configureBlocking(false);
            boolean quiet = channel.read(ByteBuffer.allocate(1)) == 0;
            channel.configureBlocking(true);
            return quiet;
        } catch (IOException e) {
            return false;
        }
    }

    boolean hasUnread() {
        return input.hasRemaining();
    }

    void startIdle(long now) {
        idleSince = now;
    }

    long idleSince() {
        return idleSince;
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    /** Closes the connection if its deadline has passed. Called by the thread of {@link Deadlines}. */
    void closeIfLate(long now) {
        long end = deadline;
        if (end != NONE && now - end >= 0) {
            timedOut = true;
            close();
        }
    }

    @Override
    public void close() {
        Deadlines.forget(this);
        try {
            channel.close();
        } catch (IOException _) {
            // Nothing more can be done if closing fails.
        }
    }
}
