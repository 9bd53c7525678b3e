package dev.secretproviders.provider.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretProvider;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Accepts HTTP connections and never answers in full; knows which connections the client still holds. */
public final class SlowServer implements AutoCloseable {
    private static final byte[] BEGINNING =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);

    private static final byte[] HALF = "{\"a\": \"b\",".getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private final Semaphore arrivals = new Semaphore(0);
    private final Manner manner;

    /** The way in which it is slow. */
    public enum Manner {
        /** Sends nothing. */
        SILENT,
        /** Sends an endless answer byte by byte, so that no limit for the time between two bytes ends it. */
        TRICKLING,
        /** Sends half an answer and closes the connection. */
        BREAKING_OFF
    }

    public SlowServer(Manner manner) throws IOException {
        this.manner = manner;
        Thread.ofVirtual().name("slow server").start(this::accept);
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /** Returns how many connections were accepted. */
    public int accepted() {
        return accepted.get();
    }

    /** Waits for one more connection than at the last call. */
    public void awaitAccepted(Duration atMost) throws InterruptedException {
        if (!arrivals.tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new AssertionError("no connection");
        }
    }

    /** Waits until the clients have closed all their connections; returns whether they did. */
    public boolean awaitAllClosed(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (!open.isEmpty() && System.nanoTime() < end) {
            Thread.sleep(10);
        }
        return open.isEmpty();
    }

    /** Checks that closing a provider soon ends its check, which waits for this server, and closes the connection. */
    public void checkClosing(SecretProvider provider, Duration soon) throws Exception {
        FutureTask<Kind> check = new FutureTask<>(() -> {
            try {
                provider.check();
            } catch (ProviderException e) {
                return e.kind();
            }
            throw new AssertionError("an unexpected answer");
        });
        Thread.ofVirtual().start(check);
        awaitAccepted(soon);

        provider.close();

        assertThat(check.get(soon.toMillis(), TimeUnit.MILLISECONDS)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(awaitAllClosed(soon)).isTrue();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket connection : open) {
            connection.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = server.accept();
                open.add(connection);
                accepted.incrementAndGet();
                arrivals.release();
                Thread.ofVirtual().start(() -> serve(connection));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            InputStream in = connection.getInputStream();
            if (manner == Manner.SILENT) {
                in.transferTo(OutputStream.nullOutputStream());
                return;
            }
            OutputStream out = connection.getOutputStream();
            out.write(BEGINNING);
            out.write(HALF);
            while (manner == Manner.TRICKLING) {
                out.write(' ');
                Thread.sleep(20);
            }
        } catch (IOException | InterruptedException e) {
            // The client has closed the connection, or the test is over.
        } finally {
            open.remove(connection);
        }
    }
}
