package dev.secretproviders.app.takeover;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A client that asks every 20 ms, and notes what it should not get: anything but 200, or 503 with {@code Retry-After}. It
 * never tries again.
 */
public final class Asking implements AutoCloseable {
    private static final Duration EVERY = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final int port;
    private final String request;
    private final boolean keeps;
    private final Thread thread = Thread.ofVirtual().unstarted(this::run);
    private final List<String> problems = new CopyOnWriteArrayList<>();
    private final AtomicInteger answers = new AtomicInteger();
    private volatile long longest;
    private volatile long unavailable;
    private volatile long firstUnavailable;
    private volatile boolean enough;
    private @Nullable Socket kept;

    private Asking(int port, String path, String token, boolean keeps) {
        this.port = port;
        this.keeps = keeps;
        this.request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n"
                + (keeps ? "" : "Connection: close\r\n") + "\r\n";
    }

    /** Begins to ask, with a new connection for each request. */
    public static Asking anew(int port, String path, String token) {
        return new Asking(port, path, token, false).start();
    }

    /** Begins to ask on one connection, until an answer says that it ends. */
    public static Asking onOneConnection(int port, String path, String token) {
        return new Asking(port, path, token, true).start();
    }

    private Asking start() {
        thread.start();
        return this;
    }

    private void run() {
        while (!enough) {
            long began = System.nanoTime();
            try {
                note(ask(), began);
            } catch (IOException e) {
                problems.add(e + " after " + millis(System.nanoTime() - began) + " ms and " + answers + " answers");
                end();
            }
            longest = Math.max(longest, System.nanoTime() - began);
            try {
                Thread.sleep(EVERY);
            } catch (InterruptedException e) {
                break;
            }
        }
        end();
    }

    private void note(String head, long began) {
        answers.incrementAndGet();
        boolean later = head.startsWith("http/1.1 503") && head.contains("\r\nretry-after:");
        if (later) {
            if (firstUnavailable == 0) {
                firstUnavailable = began;
            }
            unavailable = System.nanoTime() - firstUnavailable;
        } else {
            firstUnavailable = 0;
        }
        if (!later && !head.startsWith("http/1.1 200")) {
            problems.add(head);
        }
    }

    private String ask() throws IOException {
        Socket socket = kept;
        if (socket == null) {
            socket = new Socket();
            kept = socket;
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) PATIENCE.toMillis());
        }
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        String head = until(in, "\r\n\r\n").toLowerCase(Locale.ROOT);
        if (head.contains("\r\ntransfer-encoding: chunked")) {
            for (int size = chunk(in); size > 0; size = chunk(in)) {
                skip(in, size + 2);
            }
            skip(in, 2);
        } else {
            int at = head.indexOf("\r\ncontent-length: ");
            skip(in, at < 0 ? 0 : Integer.parseInt(head.substring(at + 18, head.indexOf("\r\n", at + 18))));
        }
        if (!keeps || head.contains("\r\nconnection: close")) {
            end();
        }
        return head;
    }

    private static int chunk(InputStream in) throws IOException {
        return Integer.parseInt(until(in, "\r\n").strip(), 16);
    }

    private static void skip(InputStream in, int bytes) throws IOException {
        if (in.readNBytes(bytes).length < bytes) {
            throw new EOFException("in an answer");
        }
    }

    private static String until(InputStream in, String end) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        String text = "";
        while (!text.endsWith(end)) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException(read.size() == 0 ? "instead of an answer" : "in an answer");
            }
            read.write(next);
            text = read.toString(StandardCharsets.US_ASCII);
        }
        return text;
    }

    private void end() {
        Socket open = kept;
        kept = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                problems.add(String.valueOf(e));
            }
        }
    }

    private static long millis(long nanos) {
        return Duration.ofNanos(nanos).toMillis();
    }

    /** Returns how many answers came. */
    public int answers() {
        return answers.get();
    }

    /** Returns what it should not have got. */
    public List<String> problems() {
        return problems;
    }

    /** Returns the figures: how many answers, how long the slowest took, and how long there was only 503. */
    public String figures() {
        return answers + " answers, the slowest after " + millis(longest) + " ms; 503 for " + millis(unavailable)
                + " ms";
    }

    @Override
    public void close() {
        enough = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
