package dev.secretproviders.auth;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request made of lists, laid out in one byte array as the transport's is in its frame. */
final class ListedRequest implements RequestView {
    private final ByteArrayOutputStream frame = new ByteArrayOutputStream();
    private final List<long[]> headers = new ArrayList<>();
    private final List<long[]> arguments = new ArrayList<>();

    /** Adds a header; APISIX sends names in lower case, a test may not. */
    ListedRequest header(String name, String value) {
        headers.add(new long[] {write(name), write(value)});
        return this;
    }

    /** Adds a query argument; null for one without {@code =}. */
    ListedRequest argument(String name, @Nullable String value) {
        arguments.add(new long[] {write(name), value == null ? NO_VALUE : write(value)});
        return this;
    }

    private long write(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        long slice = RequestView.slice(frame.size(), bytes.length);
        frame.writeBytes(bytes);
        return slice;
    }

    @Override
    public long header(byte[] name) {
        return headers.stream()
                .filter(header -> Arrays.equals(bytes(header[0]), name))
                .findFirst()
                .map(header -> header[1])
                .orElse(ABSENT);
    }

    @Override
    public long argument(byte[] name) {
        List<long[]> found = arguments.stream()
                .filter(argument -> Arrays.equals(bytes(argument[0]), name))
                .toList();
        return switch (found.size()) {
            case 0 -> ABSENT;
            case 1 -> found.getFirst()[1];
            default -> REPEATED;
        };
    }

    @Override
    public int headerCount() {
        return headers.size();
    }

    @Override
    public long headerName(int index) {
        return headers.get(index)[0];
    }

    @Override
    public void copy(long slice, byte[] target) {
        System.arraycopy(frame.toByteArray(), RequestView.offset(slice), target, 0, RequestView.length(slice));
    }

    private byte[] bytes(long slice) {
        byte[] bytes = new byte[RequestView.length(slice)];
        copy(slice, bytes);
        return bytes;
    }
}
