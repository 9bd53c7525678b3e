package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.RequestView;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the messages that do not come with each request. */
public final class Messages {
    private Messages() {}

    /**
     * A PrepareConf.
     *
     * @param key names the configuration and its version
     * @param conf names of filters with their configuration
     */
    public record PrepareConf(String key, List<Header> conf) {
        public PrepareConf {
            conf = List.copyOf(conf);
        }

        /** The configuration may hold secrets. */
        @Override
        public String toString() {
            return "PrepareConf[" + key + "]";
        }
    }

    /** An HTTPRespCall: what the upstream answered. {@code id} and {@code token} are the bits of unsigned numbers. */
    public record HttpRespCall(int id, int token, int status, List<Header> headers) {
        public HttpRespCall {
            headers = List.copyOf(headers);
        }
    }

    public static PrepareConf prepareConf(ByteBuf buffer, int offset, int length) throws MalformedFrameException {
        return read(buffer, offset, length, reader -> {
            int root = reader.root();
            long key = reader.bytes(root, 1);
            if (key == RequestView.ABSENT) {
                throw new MalformedFrameException("a PrepareConf has no key");
            }
            return new PrepareConf(reader.text(key), entries(reader, root, 0));
        });
    }

    public static HttpRespCall httpRespCall(ByteBuf buffer, int offset, int length) throws MalformedFrameException {
        return read(buffer, offset, length, reader -> {
            int root = reader.root();
            return new HttpRespCall(
                    reader.uint(root, 0), reader.uint(root, 3), reader.ushort(root, 1), entries(reader, root, 2));
        });
    }

    /** Reads the answer to an extra info request; null means that there is no such variable or body. */
    static @Nullable public Content extraInfo(ByteBuf buffer, int offset, int length) throws MalformedFrameException {
        return read(buffer, offset, length, reader -> {
            long result = reader.bytes(reader.root(), 0);
            if (result == RequestView.ABSENT) {
                return null;
            }
            int from = RequestView.offset(result);
            return Content.owning(Arrays.copyOfRange(reader.bytes(), from, from + RequestView.length(result)));
        });
    }

    private interface Reading<T extends @Nullable Object> {
        T from(FlatReader reader) throws MalformedFrameException;
    }

    private static <T extends @Nullable Object> T read(ByteBuf buffer, int offset, int length, Reading<T> reading)
            throws MalformedFrameException {
        FlatReader reader = new FlatReader();
        try {
            reader.wrap(buffer, offset, length);
            return reading.from(reader);
        } finally {
            reader.release();
        }
    }

    private static List<Header> entries(FlatReader reader, int table, int index) throws MalformedFrameException {
        TextEntries entries = new TextEntries();
        entries.read(reader, table, index);
        return strings(reader, entries);
    }

    static List<Header> strings(FlatReader reader, TextEntries entries) {
        List<Header> strings = new ArrayList<>(entries.count());
        for (int i = 0; i < entries.count(); i++) {
            long value = entries.value(i);
            strings.add(
                    new Header(reader.text(entries.name(i)), value == RequestView.ABSENT ? null : reader.text(value)));
        }
        return strings;
    }
}
