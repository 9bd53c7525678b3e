package dev.secretproviders.app.cli.call;

import dev.secretproviders.app.wiring.CommandSocket;
import dev.secretproviders.app.wiring.LocalUser;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One call of the Admin API over the {@link CommandSocket} of a running runner. Supports only the part of HTTP/1.1 that
 * its answers need, because the JDK's client does not support Unix sockets.
 *
 * @param status the answer's status
 * @param type its content type without parameters; empty if it has none
 * @param etag the revision of the object that it shows, or null
 * @param body the answer's body; reading an incomplete body throws an exception
 */
public record LocalCall(int status, String type, @Nullable String etag, InputStream body, SocketChannel channel)
        implements AutoCloseable {
    private static final int TYPE_BITS = 0170000;
    private static final int SOCKET = 0140000;
    private static final int NO_CONTENT = 204;
    private static final int LONGEST_LINE = 8 * 1024;
    private static final int MOST_HEADERS = 100;

    /** Thrown if no runner listens there. */
    public static final class NoRunnerException extends IOException {
        private static final long serialVersionUID = 1L;

        NoRunnerException(String message) {
            super(message);
        }
    }

    /**
     * Sends a request and reads the head of the answer.
     *
     * @param path the path and the query, encoded
     * @param body JSON, or null for none
     * @throws NoRunnerException if no runner listens
     * @throws IOException if the listener is not the runner of this data directory, or the call fails
     */
    public static LocalCall send(Path dataDirectory, String method, String path, @Nullable String body)
            throws IOException {
        return send(dataDirectory, method, path, body, null);
    }

    /**
     * Does the same under a condition.
     *
     * @param condition which revision the object must have, or null for any
     */
    static LocalCall send(
            Path dataDirectory, String method, String path, @Nullable String body, @Nullable Condition condition)
            throws IOException {
        Path socket = CommandSocket.in(dataDirectory);
        check(socket, dataDirectory);
        boolean answered = false;
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            connect(channel, socket);
            write(channel, method, path, body, condition);
            InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
            int status = status(line(in));
            Map<String, String> headers = headers(in);
            answered = true;
            String type = headers.getOrDefault("content-type", "").replaceFirst("\\s*;.*", "");
            InputStream answer = status == NO_CONTENT ? InputStream.nullInputStream() : body(in, headers);
            return new LocalCall(status, type, headers.get("etag"), answer, channel);
        } finally {
            if (!answered) {
                channel.close();
            }
        }
    }

    /** The owner of a file, and its type and permissions. */
    private record Owned(int uid, int mode) {
        static Owned of(Path file) throws IOException {
            Map<String, Object> found = Files.readAttributes(file, "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
            if (found.get("uid") instanceof Integer uid && found.get("mode") instanceof Integer mode) {
                return new Owned(uid, mode);
            }
            throw new IOException("the file system does not report the owner of " + file);
        }
    }

    /**
     * Checks that the socket belongs to the runner. Only root can create a file that another user owns, so the caller
     * trusts its own socket. Root trusts a socket of the data directory's owner if only that owner can have created it.
     */
    private static void check(Path socket, Path dataDirectory) throws IOException {
        Owned found;
        try {
            found = Owned.of(socket);
        } catch (NoSuchFileException e) {
            throw new NoRunnerException("there is no socket " + socket);
        }
        if ((found.mode() & TYPE_BITS) != SOCKET || (found.mode() & 077) != 0) {
            throw new IOException(socket + " is not the socket of a runner, which only its owner may open; remove it");
        }
        if (found.uid() == LocalUser.uid()) {
            return;
        }
        Owned directory = Owned.of(dataDirectory.toRealPath());
        if (found.uid() != directory.uid()) {
            throw new IOException(socket + " belongs neither to this user nor to the owner of " + dataDirectory
                    + ", so it is not known to be the runner's; call this as the runner's user");
        }
        if ((directory.mode() & 022) != 0) {
            throw new IOException("others may write to " + dataDirectory
                    + ", so " + socket.getFileName() + " may not be the runner's: call this as the runner's user, or"
                    + " chmod 700 " + dataDirectory);
        }
    }

    private static void connect(SocketChannel channel, Path socket) throws IOException {
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (ConnectException e) {
            throw new NoRunnerException("no runner listens on " + socket);
        }
    }

    private static void write(
            SocketChannel channel, String method, String path, @Nullable String body, @Nullable Condition condition)
            throws IOException {
        byte[] content = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
        String head = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                + content.length + "\r\n" + (body == null ? "" : "Content-Type: application/json\r\n")
                + (condition == null ? "" : condition.header() + ": " + condition.value() + "\r\n") + "\r\n";
        for (byte[] part : new byte[][] {head.getBytes(StandardCharsets.US_ASCII), content}) {
            ByteBuffer bytes = ByteBuffer.wrap(part);
            while (bytes.hasRemaining()) {
                int _ = channel.write(bytes);
            }
        }
    }

    private static int status(String line) throws IOException {
        if (line.matches("HTTP/1\\.1 \\d{3}( .*)?")) {
            return Integer.parseInt(line.substring(9, 12));
        }
        throw new IOException("the process that listens there does not speak HTTP");
    }

    private static Map<String, String> headers(InputStream in) throws IOException {
        Map<String, String> headers = new HashMap<>();
        String line = line(in);
        while (!line.isEmpty()) {
            int colon = line.indexOf(':');
            if (colon < 1 || headers.size() == MOST_HEADERS) {
                throw new IOException("the process that listens there does not speak HTTP");
            }
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
            line = line(in);
        }
        return headers;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        int read = in.read();
        while (read != '\n') {
            if (read < 0) {
                throw new EOFException("the runner ended the connection");
            }
            if (line.length() == LONGEST_LINE) {
                throw new IOException("the process that listens there does not speak HTTP");
            }
            line.append((char) read);
            read = in.read();
        }
        return line.toString().stripTrailing();
    }

    private static InputStream body(InputStream in, Map<String, String> headers) throws IOException {
        String length = headers.get("content-length");
        if (length != null && length.matches("\\d{1,18}")) {
            return new Body(in, Long.parseLong(length), false);
        }
        if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
            return new Body(in, 0, true);
        }
        throw new IOException("the runner's answer has no length");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** A body with a length, or in chunks with a length each. An incomplete body is an error and not an end. */
    private static final class Body extends InputStream {
        private final InputStream in;
        private final boolean chunked;
        private long left;
        private boolean first = true;
        private boolean ended;

        Body(InputStream in, long length, boolean chunked) {
            this.in = in;
            this.left = length;
            this.chunked = chunked;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0 && chunked && !ended) {
                nextChunk();
            }
            if (left == 0) {
                return -1;
            }
            int read = in.read(bytes, offset, (int) Math.min(left, length));
            if (read < 0) {
                throw new EOFException("the answer was cut off");
            }
            left -= read;
            return read;
        }

        private void nextChunk() throws IOException {
            if (!first) {
                String _ = line(in);
            }
            first = false;
            try {
                left = Long.parseLong(line(in), 16);
            } catch (NumberFormatException e) {
                throw new IOException("the answer is not valid HTTP", e);
            }
            if (left < 0) {
                throw new IOException("the answer is not valid HTTP");
            }
            ended = left == 0;
        }
    }
}
