package dev.secretproviders.benchmarks.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A connection with one request at a time. Not thread-safe. */
final class LoadConnection implements AutoCloseable {
    private static final int HEADER = 4;
    private static final int ANSWER_ROOM = 1 << 14;

    private final SocketChannel channel;
    private final Exchange exchange;
    private final ByteBuffer request;
    private final ByteBuffer answer = ByteBuffer.allocateDirect(ANSWER_ROOM);
    /** What the server asks before it answers, and the reply; null if it asks nothing. */
    private final @Nullable ByteBuffer asked;

    private final @Nullable ByteBuffer reply;
    private boolean replied;
    private int id;
    private int key;
    private long due;

    private LoadConnection(SocketChannel channel, Exchange exchange) {
        this.channel = channel;
        this.exchange = exchange;
        this.request = ByteBuffer.allocateDirect(exchange.request().length());
        exchange.request().fill(request);
        Exchange.Question question = exchange.question();
        this.asked = question == null ? null : question.asked().filled();
        this.reply = question == null ? null : question.reply().filled();
    }

    static LoadConnection open(Path socket, Selector selector, Exchange exchange) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            LoadConnection connection = new LoadConnection(channel, exchange);
            channel.register(selector, SelectionKey.OP_READ, connection);
            return connection;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Sends a request.
     *
     * @param newKey index of the request's key
     * @param newDue the {@code System.nanoTime} at which it was due
     */
    void send(int newId, int newKey, long newDue) throws IOException {
        id = newId;
        key = newKey;
        due = newDue;
        exchange.request().patch(request, id, exchange.keys(), key);
        replied = false;
        write(request);
    }

    private void write(ByteBuffer frame) throws IOException {
        answer.clear();
        frame.rewind();
        do {
            // One request at a time never fills the socket's buffer for long.
            channel.write(frame);
        } while (frame.hasRemaining());
    }

    /** Reads available bytes, replies to the server's question, and returns whether the answer is complete. */
    boolean receive() throws IOException {
        if (channel.read(answer) < 0) {
            throw new EOFException("the server closed a connection");
        }
        int have = answer.position();
        boolean complete = have >= HEADER && have >= HEADER + (answer.getInt(0) & 0xff_ffff);
        ByteBuffer ready = reply;
        if (complete
                && ready != null
                && asked != null
                && !replied
                && answer.duplicate().flip().equals(asked.rewind())) {
            replied = true;
            write(ready);
            return false;
        }
        return complete;
    }

    /** Returns whether the answer has exactly the expected bytes. */
    boolean isRight(ByteBuffer expected) {
        exchange.answer().patch(expected, id, exchange.names(), key);
        answer.flip();
        return answer.equals(expected.rewind());
    }

    /** Returns the {@code System.nanoTime} at which the request was due. */
    long due() {
        return due;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
