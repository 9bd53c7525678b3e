package dev.secretproviders.gateway;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Paths and queries as nginx reads and writes them. Bytes that are not UTF-8 are replaced, unlike in nginx. */
final class UriText {
    private static final String PATH_ESCAPES = " \"#%<>?\\^`{|}";
    private static final String UNRESERVED = "-._~";

    private UriText() {}

    /**
     * Decodes a path, then merges slashes and resolves dot segments.
     *
     * @throws IllegalArgumentException where nginx answers 400
     */
    static String normalisePath(String raw) {
        String path = decode(raw, false, true);
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("the path must start with a slash");
        }
        if (path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("the path has a zero byte");
        }
        Deque<String> segments = new ArrayDeque<>();
        List<String> parts = List.of(path.substring(1).split("/", -1));
        for (String part : parts) {
            switch (part) {
                case "", "." -> {}
                case ".." -> {
                    if (segments.pollLast() == null) {
                        throw new IllegalArgumentException("the path leaves its root");
                    }
                }
                default -> segments.addLast(part);
            }
        }
        String last = parts.getLast();
        boolean directory = last.isEmpty() || last.equals(".") || last.equals("..");
        return "/" + String.join("/", segments) + (directory && !segments.isEmpty() ? "/" : "");
    }

    /** Reads a query: an argument without {@code =} has no value, one without a name is dropped. */
    static List<Entry> parseArgs(@Nullable String query) {
        List<Entry> args = new ArrayList<>();
        if (query != null) {
            for (String part : query.split("&", -1)) {
                int equals = part.indexOf('=');
                String name = decode(equals < 0 ? part : part.substring(0, equals), true, false);
                if (!name.isEmpty()) {
                    args.add(new Entry(name, equals < 0 ? null : decode(part.substring(equals + 1), true, false)));
                }
            }
        }
        return args;
    }

    /** Writes a query; an argument without value becomes a flag. */
    static String formatArgs(List<Entry> args) {
        StringBuilder query = new StringBuilder();
        for (Entry arg : args) {
            if (!query.isEmpty()) {
                query.append('&');
            }
            query.append(escapeComponent(arg.name()));
            String value = arg.value();
            if (value != null) {
                query.append('=').append(escapeComponent(value));
            }
        }
        return query.toString();
    }

    /** Escapes a path as {@code ngx_escape_uri} does: an escaped character is escaped again. */
    static String escapePath(String path) {
        StringBuilder escaped = new StringBuilder();
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            append(escaped, b, b > ' ' && b < 0x7f && PATH_ESCAPES.indexOf(b) < 0);
        }
        return escaped.toString();
    }

    private static String escapeComponent(String text) {
        StringBuilder escaped = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = (b >= 'a' && b <= 'z')
                    || (b >= 'A' && b <= 'Z')
                    || (b >= '0' && b <= '9')
                    || UNRESERVED.indexOf(b) >= 0;
            append(escaped, b, plain);
        }
        return escaped.toString();
    }

    private static void append(StringBuilder escaped, byte b, boolean plain) {
        if (plain) {
            escaped.append((char) b);
        } else {
            escaped.append('%')
                    .append(Character.toUpperCase(Character.forDigit((b >> 4) & 0xf, 16)))
                    .append(Character.toUpperCase(Character.forDigit(b & 0xf, 16)));
        }
    }

    private static String decode(String text, boolean plusIsSpace, boolean strict) {
        if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
            return text;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        var decoded = new ByteArrayOutputStream(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            int high = i + 2 <= bytes.length - 1 ? Character.digit(bytes[i + 1], 16) : -1;
            int low = i + 2 <= bytes.length - 1 ? Character.digit(bytes[i + 2], 16) : -1;
            if (bytes[i] == '%' && high >= 0 && low >= 0) {
                decoded.write(high << 4 | low);
                i += 2;
            } else if (bytes[i] == '%' && strict) {
                throw new IllegalArgumentException("the path has a % without two hexadecimal digits");
            } else {
                decoded.write(bytes[i] == '+' && plusIsSpace ? ' ' : bytes[i]);
            }
        }
        return decoded.toString(StandardCharsets.UTF_8);
    }
}
