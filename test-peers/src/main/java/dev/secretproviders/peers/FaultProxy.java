package dev.secretproviders.peers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy on 127.0.0.1 whose connection to its target can be made to fail as networks do. It starts in {@link
 * #forward()}; changes apply to open connections, too. Safe for use by several threads.
 */
public final class FaultProxy implements AutoCloseable {
    private sealed interface Fault {
        record None() implements Fault {}

        record Refused() implements Fault {}

        record Silence() implements Fault {}

        record Delayed(Duration by) implements Fault {}

        record CutOff(int afterBytes) implements Fault {}

        record Answered(String with) implements Fault {}
    }

    private volatile InetSocketAddress target;
    private final URI uri;
    private final int port;
    private final AtomicInteger accepted = new AtomicInteger();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Object lock = new Object();
    private Fault fault = new Fault.None();
    private @Nullable ServerSocket listener;
    private @Nullable Thread acceptor;
    private boolean closed;

    private FaultProxy(URI target) {
        this.target = new InetSocketAddress(target.getHost(), target.getPort());
        this.port = FreePorts.next();
        this.uri = URI.create("%s://127.0.0.1:%d".formatted(target.getScheme(), port));
        listen();
    }

    /** Starts a proxy in front of a peer. */
    public static FaultProxy before(URI target) {
        return new FaultProxy(target);
    }

    /** Returns the proxy's address, with the target's scheme. */
    public URI uri() {
        return uri;
    }

    /** Returns how many connections were accepted so far. */
    public int connections() {
        return accepted.get();
    }

    /** Passes everything on. */
    public void forward() {
        become(new Fault.None());
    }

    /** Closes the port and resets all connections. */
    public void refuse() {
        become(new Fault.Refused());
    }

    /** Accepts connections and passes nothing in either direction; held bytes pass afterwards. */
    public void blackHole() {
        become(new Fault.Silence());
    }

    /** Delays each piece of an answer. */
    public void delay(Duration by) {
        become(new Fault.Delayed(by));
    }

    /** Resets each connection after this many bytes of answers. */
    public void cutAfter(int bytes) {
        become(new Fault.CutOff(bytes));
    }

    /**
     * Answers each HTTP request by itself, without asking the target, and closes the connection.
     *
     * @param headers more header lines, e.g. {@code Retry-After: 3}
     */
    public void answer(int status, String body, String... headers) {
        StringBuilder head = new StringBuilder("HTTP/1.1 ").append(status).append(" Fault\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        head.append("Content-Type: application/json\r\nConnection: close\r\nContent-Length: ")
                .append(body.getBytes(StandardCharsets.UTF_8).length)
                .append("\r\n\r\n")
                .append(body);
        become(new Fault.Answered(head.toString()));
    }

    /** Connects to another server from now on, like a wrong DNS entry or an intruder; open connections are reset. */
    public void leadTo(URI other) {
        target = new InetSocketAddress(other.getHost(), other.getPort());
        open.forEach(FaultProxy::reset);
    }

    private void become(Fault next) {
        synchronized (lock) {
            fault = next;
            lock.notifyAll();
        }
        if (next instanceof Fault.Refused) {
            stopListening();
        } else {
            listen();
        }
    }

    private Fault fault() {
        synchronized (lock) {
            return fault;
        }
    }

    private void listen() {
        synchronized (lock) {
            if (listener != null || closed) {
                return;
            }
            try {
                ServerSocket socket = new ServerSocket(port, 128, InetAddress.getLoopbackAddress());
                listener = socket;
                acceptor = Thread.ofVirtual().name("fault-proxy-accept").start(() -> accept(socket));
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot listen on port " + port, e);
            }
        }
    }

    private void stopListening() {
        Thread accepting;
        synchronized (lock) {
            ServerSocket socket = listener;
            listener = null;
            accepting = acceptor;
            acceptor = null;
            if (socket != null) {
                close(socket);
            }
        }
        // The kernel closes the port only after the last accept call on it has ended.
        if (accepting != null) {
            try {
                accepting.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        open.forEach(FaultProxy::reset);
    }

    private void accept(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                accepted.incrementAndGet();
                Thread.ofVirtual().name("fault-proxy-connection").start(() -> serve(client));
            } catch (IOException e) {
                // The port was closed, or one connection broke before it was accepted.
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket server = new Socket()) {
            open.add(client);
            open.add(server);
            if (fault() instanceof Fault.Refused) {
                reset(client);
                return;
            }
            server.connect(target, 2_000);
            Thread requests = Thread.ofVirtual().name("fault-proxy-requests").start(() -> pump(client, server, false));
            pump(server, client, true);
            requests.join();
        } catch (IOException e) {
            reset(client);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
            open.removeIf(Socket::isClosed);
        }
    }

    private void pump(Socket from, Socket to, boolean answers) {
        byte[] buffer = new byte[16 * 1024];
        int passed = 0;
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                awaitVoice();
                switch (fault()) {
                    case Fault.None(), Fault.Silence() -> out.write(buffer, 0, n);
                    case Fault.Refused() -> throw new IOException("refused");
                    case Fault.Delayed(Duration by) -> {
                        if (answers) {
                            Thread.sleep(by);
                        }
                        out.write(buffer, 0, n);
                    }
                    case Fault.Answered(String with) -> {
                        if (!answers) {
                            answerOnce(from, with);
                            reset(to);
                            return;
                        }
                    }
                    case Fault.CutOff(int limit) -> {
                        int allowed = answers ? Math.min(n, limit - passed) : n;
                        out.write(buffer, 0, Math.max(0, allowed));
                        if (allowed < n) {
                            out.flush();
                            reset(to);
                            reset(from);
                            return;
                        }
                    }
                }
                passed += n;
            }
            to.shutdownOutput();
        } catch (IOException e) {
            reset(from);
            reset(to);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Answers, then reads until the client closes: closing earlier resets the connection and can destroy the answer.
     */
    private static void answerOnce(Socket client, String answer) throws IOException {
        client.setSoTimeout(2_000);
        OutputStream out = client.getOutputStream();
        out.write(answer.getBytes(StandardCharsets.UTF_8));
        client.shutdownOutput();
        client.getInputStream().transferTo(OutputStream.nullOutputStream());
    }

    private void awaitVoice() throws InterruptedException {
        synchronized (lock) {
            while (fault instanceof Fault.Silence && !closed) {
                lock.wait();
            }
        }
    }

    /** Closes the connection with a reset. */
    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // Closed already.
        }
        close(socket);
    }

    private static void close(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            // Nothing is left to close.
        }
    }

    /** Ends the proxy and all its connections. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
        stopListening();
    }
}
