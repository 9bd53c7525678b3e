package dev.secretproviders.gateway;

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
import java.nio.file.Path;
import java.time.Duration;

/**
 * A connection to a runner that sends any bytes of a test: frames of APISIX, incomplete frames, or other bytes. Nothing
 * is retried. A timeout leaves the connection open, so that a test can continue. Not thread-safe.
 *
 * <pre>{@code
 * try (RawConnection raw = RawConnection.open(socket)) {
 *     raw.send(Messages.prepareConf("route#1#ext-plugin-pre-req#1", List.of(Entry.of("secret-key-auth", "{}"))));
 *     RunnerMessage answer = raw.readAnswer(Duration.ofSeconds(1));
 *     raw.send(Frame.encodeHeader(Frame.HTTP_REQ_CALL, 100)); // without body
 * }
 * }</pre>
 */
public final class RawConnection implements Closeable {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private ByteBuffer partial = ByteBuffer.allocate(Frame.HEADER_LENGTH);

    private RawConnection(SocketChannel channel, Selector selector, SelectionKey key) {
        this.channel = channel;
        this.selector = selector;
        this.key = key;
    }

    /** Connects to the runner's socket. */
    public static RawConnection open(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            Selector selector = Selector.open();
            return new RawConnection(channel, selector, channel.register(selector, SelectionKey.OP_READ));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Sends a frame. Waits for as long as the runner does not read: see {@link #trySend}. */
    public void send(Frame frame) throws IOException {
        send(frame.encode());
    }

    /** Sends bytes as they are. Waits for as long as the runner does not read. */
    public void send(byte... bytes) throws IOException {
        trySend(Duration.ofDays(1), bytes);
    }

    /**
     * Sends bytes as they are until the runner has not read for the given time.
     *
     * @return how many were sent
     */
    public int trySend(Duration timeout, byte... bytes) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        long end = System.nanoTime() + timeout.toNanos();
        while (rest.hasRemaining()) {
            if (channel.write(rest) > 0) {
                end = System.nanoTime() + timeout.toNanos();
            } else if (!await(SelectionKey.OP_WRITE, end)) {
                break;
            }
        }
        return rest.position();
    }

    /**
     * Reads one frame.
     *
     * @throws SocketTimeoutException if it is not complete within the time; received bytes are kept for the next read
     * @throws EOFException if the runner closes before it is complete
     */
    public Frame readFrame(Duration timeout) throws IOException {
        long end = System.nanoTime() + timeout.toNanos();
        while (true) {
            if (!partial.hasRemaining()) {
                byte[] bytes = partial.array();
                int whole = Frame.HEADER_LENGTH + Frame.length(bytes[1], bytes[2], bytes[3]);
                if (bytes.length == whole) {
                    partial = ByteBuffer.allocate(Frame.HEADER_LENGTH);
                    byte[] body = new byte[whole - Frame.HEADER_LENGTH];
                    System.arraycopy(bytes, Frame.HEADER_LENGTH, body, 0, body.length);
                    return new Frame(bytes[0] & 0xff, Body.owning(body));
                }
                partial = ByteBuffer.allocate(whole).put(bytes);
            }
            int count = channel.read(partial);
            if (count < 0) {
                throw new EOFException(
                        "the runner closed the connection after " + partial.position() + " bytes of a frame");
            }
            if (count == 0 && !await(SelectionKey.OP_READ, end)) {
                throw new SocketTimeoutException(
                        "no whole frame within " + timeout + ", " + partial.position() + " bytes of it");
            }
        }
    }

    /**
     * Makes a verdict call, as the companion does, and returns the JSON of its answer.
     *
     * @throws IOException if another frame comes; see {@link #readFrame} for the rest
     */
    public String verdict(byte[] key, Duration timeout) throws IOException {
        return verdict(Frame.VERDICT, key, timeout);
    }

    /** Makes a call about a credential that is more than a key. See {@link CredentialCalls}. */
    public String credentialVerdict(byte[] call, Duration timeout) throws IOException {
        return verdict(Frame.CREDENTIAL, call, timeout);
    }

    /** Reports uses. See {@link CredentialCalls}. */
    public String reportUses(byte[] call, Duration timeout) throws IOException {
        return verdict(Frame.USES, call, timeout);
    }

    private String verdict(int type, byte[] body, Duration timeout) throws IOException {
        send(Frame.encodeFrame(type, body));
        Frame answer = readFrame(timeout);
        if (answer.type() != type) {
            throw new IOException("a frame of type " + answer.type() + " in place of a verdict");
        }
        return answer.body().text();
    }

    /** Reads one frame and decodes it. See {@link #readFrame}. */
    public RunnerMessage readAnswer(Duration timeout) throws IOException {
        return RunnerMessages.decode(readFrame(timeout));
    }

    /**
     * Discards what arrives until the runner closes the connection.
     *
     * @return whether it did within the time
     */
    public boolean awaitClosed(Duration timeout) throws IOException {
        long end = System.nanoTime() + timeout.toNanos();
        ByteBuffer bin = ByteBuffer.allocate(1 << 12);
        try {
            while (true) {
                int count = channel.read(bin.clear());
                if (count < 0) {
                    return true;
                }
                if (count == 0 && !await(SelectionKey.OP_READ, end)) {
                    return false;
                }
            }
        } catch (IOException e) {
            // The runner closed without reading all of our bytes: the connection is reset.
            return true;
        }
    }

    /** Closes the sending direction; reading stays possible. */
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    private boolean await(int operation, long end) throws IOException {
        key.interestOps(operation);
        long left = end - System.nanoTime();
        if (left <= 0) {
            return false;
        }
        selector.selectedKeys().clear();
        selector.select(Math.max(1, Duration.ofNanos(left).toMillis()));
        return true;
    }

    @Override
    public void close() throws IOException {
        selector.close();
        channel.close();
    }
}
