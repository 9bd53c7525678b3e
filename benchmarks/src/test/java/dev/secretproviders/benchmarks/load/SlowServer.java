package dev.secretproviders.benchmarks.load;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** A server with a thread for each connection, whose delays a test controls. */
final class SlowServer implements AutoCloseable {
    private final Path socket;
    private final ServerSocketChannel listener;
    private final int requestLength;
    private final Answering answering;
    private final AtomicInteger requests = new AtomicInteger();

    /** Creates an answer after any delay. */
    interface Answering {
        /**
         * Returns the answer.
         *
         * @param number the number of the request, from 1
         */
        byte[] answer(int number) throws IOException, InterruptedException;
    }

    private SlowServer(Path socket, ServerSocketChannel listener, int requestLength, Answering answering) {
        this.socket = socket;
        this.listener = listener;
        this.requestLength = requestLength;
        this.answering = answering;
    }

    static SlowServer answering(Path directory, int requestLength, Answering answering) throws IOException {
        Path socket = directory.resolve("slow.sock");
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        SlowServer server = new SlowServer(socket, listener, requestLength, answering);
        Thread.ofVirtual().start(server::accept);
        return server;
    }

    Path socket() {
        return socket;
    }

    int requests() {
        return requests.get();
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel connection = listener.accept();
                Thread.ofVirtual().start(() -> serve(connection));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            ByteBuffer request = ByteBuffer.allocate(requestLength);
            while (true) {
                request.clear();
                while (request.hasRemaining()) {
                    if (connection.read(request) < 0) {
                        return;
                    }
                }
                ByteBuffer answer = ByteBuffer.wrap(answering.answer(requests.incrementAndGet()));
                while (answer.hasRemaining()) {
                    int _ = connection.write(answer);
                }
            }
        } catch (IOException e) {
            // The driver has closed the connection, or the test has ended it.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
