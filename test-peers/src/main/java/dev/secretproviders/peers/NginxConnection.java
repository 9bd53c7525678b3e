package dev.secretproviders.peers;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A persistent connection to nginx, and so to one of its workers. Sends headers unchanged, including empty and repeated
 * ones. Not safe for use by several threads.
 */
public final class NginxConnection implements AutoCloseable {
    private static final int PATIENCE_MS = 10_000;

    private final Socket socket;
    private final InputStream in;

    private NginxConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** Connects. */
    static NginxConnection open(URI gateway) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MS);
        return new NginxConnection(socket);
    }

    /** nginx closed the connection before it answered. A client may repeat an idempotent request (RFC 9112, section 9.3.1). */
    public static final class NoAnswerException extends IOException {
        private static final long serialVersionUID = 1L;

        private NoAnswerException(IOException cause) {
            super("nginx closed the connection and did not answer", cause);
        }
    }

    /** A header to send. */
    public record Header(String name, String value) {}

    /** An answer; names of headers in lower case. */
    public record Reply(int status, Map<String, String> headers, String body) {
        /** Returns what an upstream would have received. */
        public JsonNode seen() {
            return JsonMapper.shared().readTree(body);
        }

        /** Returns the number of the worker that answered, from 0; -1 if the answer does not name it. */
        public int worker() {
            return Integer.parseInt(headers.getOrDefault("x-worker", "-1"));
        }
    }

    /**
     * Sends a request and returns the answer to it.
     *
     * @throws NoAnswerException if nginx closes the connection before it answers
     */
    public Reply get(String target, List<Header> headers) throws IOException {
        return send("GET", target, headers, "");
    }

    /**
     * Sends a request and returns the answer to it.
     *
     * @param headers its length among them if the body is not empty
     */
    public Reply send(String method, String target, List<Header> headers, String body) throws IOException {
        StringBuilder request =
                new StringBuilder(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: example.org\r\n");
        for (Header header : headers) {
            request.append(header.name()).append(": ").append(header.value()).append("\r\n");
        }
        request.append("\r\n").append(body);
        try {
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
            in.mark(1);
            if (in.read() < 0) {
                throw new EOFException("nginx closed the connection");
            }
            in.reset();
        } catch (EOFException | SocketException e) {
            throw new NoAnswerException(e);
        }
        return reply();
    }

    /** Sends a key in the usual header. */
    public Reply get(String target, String key) throws IOException {
        return get(target, List.of(new Header("apikey", key)));
    }

    private Reply reply() throws IOException {
        String[] status = line().split(" ", 3);
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        byte[] body = headers.containsKey("content-length")
                ? read(Integer.parseInt(headers.get("content-length")))
                : chunks();
        return new Reply(Integer.parseInt(status[1]), headers, new String(body, StandardCharsets.UTF_8));
    }

    private byte[] chunks() throws IOException {
        List<byte[]> chunks = new ArrayList<>();
        for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
            chunks.add(read(size));
            line();
        }
        line();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        chunks.forEach(all::writeBytes);
        return all.toByteArray();
    }

    private byte[] read(int size) throws IOException {
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException("nginx closed the connection within an answer");
        }
        return bytes;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("nginx closed the connection");
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
