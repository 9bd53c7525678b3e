package dev.secretproviders.gateway;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Follows a runner's event stream, as the companion does in each worker ({@code docs/reference/companion-protocol.md}). Reads only when it
 * is asked to, so that a test can be a follower that does not. Not thread-safe.
 */
public final class EventFollower implements Closeable {
    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer input = ByteBuffer.allocate(1 << 14).flip();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    private EventFollower(SocketChannel channel, Selector selector) {
        this.channel = channel;
        this.selector = selector;
    }

    /** Connects to a runner's event socket, which is beside the other one. */
    public static EventFollower open(Path eventSocket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(eventSocket));
            channel.configureBlocking(false);
            Selector selector = Selector.open();
            channel.register(selector, SelectionKey.OP_READ);
            return new EventFollower(channel, selector);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Reads the next line, without its line feed.
     *
     * @throws SocketTimeoutException if it is not complete within the time; what has come is kept for the next read
     * @throws EOFException if the runner closes before it is complete
     */
    public String readLine(Duration timeout) throws IOException {
        long end = System.nanoTime() + timeout.toNanos();
        while (true) {
            while (input.hasRemaining()) {
                byte next = input.get();
                if (next == '\n') {
                    String whole = line.toString(StandardCharsets.UTF_8);
                    line.reset();
                    return whole;
                }
                line.write(next);
            }
            fill(end, timeout);
        }
    }

    /**
     * Reads the next line that tells something: an event, not that the stream lives.
     *
     * @throws SocketTimeoutException if none comes within the time
     * @throws EOFException if the runner closes
     */
    public String readEvent(Duration timeout) throws IOException {
        long end = System.nanoTime() + timeout.toNanos();
        while (true) {
            String next = readLine(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
            if (next.contains("\"forget\":")) {
                return next;
            }
        }
    }

    private void fill(long end, Duration timeout) throws IOException {
        while (true) {
            input.clear();
            int count;
            try {
                count = channel.read(input);
            } finally {
                input.flip();
            }
            if (count < 0) {
                throw new EOFException("the runner closed the stream");
            }
            if (count > 0) {
                return;
            }
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new SocketTimeoutException("no whole line within " + timeout);
            }
            selector.selectedKeys().clear();
            selector.select(Math.max(1, Duration.ofNanos(left).toMillis()));
        }
    }

    /**
     * Reads away what comes until the runner closes the connection.
     *
     * @return whether it did within the time
     */
    public boolean awaitClosed(Duration timeout) throws IOException {
        long end = System.nanoTime() + timeout.toNanos();
        try {
            while (true) {
                input.position(input.limit());
                fill(end, timeout);
            }
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            // Closed, or reset with bytes of ours unread.
            return true;
        }
    }

    /** Sends what a follower never should. */
    public void send(byte... bytes) throws IOException {
        channel.write(ByteBuffer.wrap(bytes));
    }

    @Override
    public void close() throws IOException {
        selector.close();
        channel.close();
    }
}
