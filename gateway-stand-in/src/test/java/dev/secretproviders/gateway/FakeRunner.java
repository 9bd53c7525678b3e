package dev.secretproviders.gateway;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A runner that runs a test's script for each frame. One virtual thread for each connection. */
final class FakeRunner implements Closeable {
    private final ServerSocketChannel server;
    private final Path socket;
    private final Script script;
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private final List<Peer> open = new CopyOnWriteArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();

    private FakeRunner(Path socket, Script script) throws IOException {
        this.socket = socket;
        this.script = script;
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket), 512);
        Thread.ofVirtual().start(this::accept);
    }

    static FakeRunner start(Path directory, Script script) throws IOException {
        return new FakeRunner(directory.resolve("runner.sock"), script);
    }

    /** Returns a script that prepares with one token and treats each request alike. */
    static FakeRunner answering(Path directory, Frame answer) throws IOException {
        return start(
                directory,
                (peer, frame) -> peer.send(frame.type() == Frame.PREPARE_CONF ? RunnerFrames.prepared(1) : answer));
    }

    Path socket() {
        return socket;
    }

    List<Received> received(int type) {
        return received.stream().filter(it -> it.frame().type() == type).toList();
    }

    io.github.api7.A6.HTTPReqCall.Req onlyRequest() {
        List<Received> requests = received(Frame.HTTP_REQ_CALL);
        if (requests.size() != 1) {
            throw new AssertionError("expected one request, got " + requests.size());
        }
        return RunnerFrames.request(requests.getFirst().frame());
    }

    int accepted() {
        return accepted.get();
    }

    int open() {
        return open.size();
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel channel = server.accept();
                Peer peer = new Peer(accepted.incrementAndGet(), channel);
                open.add(peer);
                Thread.ofVirtual().start(() -> serve(peer));
            }
        } catch (IOException _) {
            // Closed at the end of the test.
        }
    }

    private void serve(Peer peer) {
        try (peer) {
            while (true) {
                Frame frame = peer.read();
                received.add(new Received(peer.number(), frame));
                script.onFrame(peer, frame);
            }
        } catch (Exception _) {
            // The client closed, or the test has ended.
        } finally {
            open.remove(peer);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Peer peer : open) {
            peer.close();
        }
    }

    interface Script {
        void onFrame(Peer peer, Frame frame) throws Exception;
    }

    /** A frame and the connection, counted from 1, on which it came. */
    record Received(int connection, Frame frame) {}

    record Peer(int number, SocketChannel channel) implements Closeable {
        void send(Frame frame) throws IOException {
            send(frame.encode());
        }

        void send(byte... bytes) throws IOException {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        }

        Frame read() throws IOException {
            byte[] header = read(Frame.HEADER_LENGTH);
            return new Frame(header[0], Body.of(read(Frame.length(header[1], header[2], header[3]))));
        }

        private byte[] read(int length) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(length);
            while (bytes.hasRemaining()) {
                if (channel.read(bytes) < 0) {
                    throw new EOFException("closed");
                }
            }
            return bytes.array();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
