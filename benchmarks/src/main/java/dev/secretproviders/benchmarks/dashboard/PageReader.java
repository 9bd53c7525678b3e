package dev.secretproviders.benchmarks.dashboard;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Receives pages with as little work as possible, since it shares the processor with the driver of requests: over one
 * connection, compressed as browsers ask for it, and without looking at them. Not thread-safe.
 */
final class PageReader implements AutoCloseable {
    private static final int BUFFER = 1 << 16;
    private static final int LONGEST_LINE = 1 << 13;

    private final URI server;
    private final String cookie;
    private @Nullable Socket socket;
    private @Nullable InputStream in;

    /**
     * Creates a reader without a connection.
     *
     * @param cookie the session, as the header {@code Cookie} has it
     */
    PageReader(URI server, String cookie) {
        this.server = server;
        this.cookie = cookie;
    }

    /**
     * Receives a page.
     *
     * @throws IOException if it is not there, or the connection is lost
     */
    void read(URI page) throws IOException {
        Socket connection = socket;
        InputStream answer = in;
        if (connection == null || answer == null) {
            connection = new Socket(server.getHost(), server.getPort());
            connection.setTcpNoDelay(true);
            answer = new BufferedInputStream(connection.getInputStream(), BUFFER);
            socket = connection;
            in = answer;
        }
        connection
                .getOutputStream()
                .write(("GET " + page + " HTTP/1.1\r\nHost: " + server.getAuthority()
                                + "\r\nAccept-Encoding: gzip\r\nCookie: " + cookie + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        String status = line(answer);
        if (!status.startsWith("HTTP/1.1 200")) {
            throw new IOException(page + " was answered with " + status);
        }
        if (!skip(answer)) {
            close();
        }
    }

    /** Skips the rest of an answer, and returns whether the connection can be used again. */
    private static boolean skip(InputStream in) throws IOException {
        long length = -1;
        boolean chunked = false;
        boolean again = true;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            String low = header.toLowerCase(Locale.ROOT);
            if (low.startsWith("content-length:")) {
                length = Long.parseLong(low.substring(low.indexOf(':') + 1).strip());
            }
            chunked |= low.startsWith("transfer-encoding:") && low.endsWith("chunked");
            again &= !(low.startsWith("connection:") && low.endsWith("close"));
        }
        if (chunked) {
            long chunk = Long.parseLong(line(in), 16);
            while (chunk > 0) {
                in.skipNBytes(chunk + 2);
                chunk = Long.parseLong(line(in), 16);
            }
            String _ = line(in);
            return again;
        }
        if (length < 0) {
            throw new IOException("a page has no length");
        }
        in.skipNBytes(length);
        return again;
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0 || line.size() > LONGEST_LINE) {
                throw new IOException("the answer ended early, or a line of it is too long");
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        Socket connection = socket;
        socket = null;
        in = null;
        if (connection != null) {
            connection.close();
        }
    }
}
