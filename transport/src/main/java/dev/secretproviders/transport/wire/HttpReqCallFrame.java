package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.RequestView;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An HTTPReqCall. {@link #wrap} verifies all of it, and it is valid until {@link #release}. One object serves all
 * requests of an event loop, so reading a request allocates nothing. Not thread-safe.
 */
public final class HttpReqCallFrame extends TextRequest {
    private static final int ID = 0;
    private static final int SOURCE_IP = 1;
    private static final int METHOD = 2;
    private static final int PATH = 3;
    private static final int ARGUMENTS = 4;
    private static final int HEADERS = 5;
    private static final int CONF_TOKEN = 6;
    private static final int METHODS = 15;

    final FlatReader reader = new FlatReader();
    private int id;
    private int token;
    private int method;
    private long path;
    private long sourceIp;

    /** Reads and verifies the message of {@code length} bytes at {@code offset}. */
    public void wrap(ByteBuf buffer, int offset, int length) throws MalformedFrameException {
        reader.wrap(buffer, offset, length);
        int root = reader.root();
        id = reader.uint(root, ID);
        token = reader.uint(root, CONF_TOKEN);
        method = reader.ubyte(root, METHOD);
        if (method >= METHODS) {
            throw new MalformedFrameException("unknown method");
        }
        path = reader.bytes(root, PATH);
        sourceIp = reader.bytes(root, SOURCE_IP);
        arguments.read(reader, root, ARGUMENTS);
        headers.read(reader, root, HEADERS);
    }

    /** Wipes the message. */
    public void release() {
        reader.release();
        headers.clear();
        arguments.clear();
        show(null);
    }

    @Override
    public byte[] bytes() {
        return reader.bytes();
    }

    @Override
    public long source() {
        return sourceIp;
    }

    /** Returns the bits of the unsigned id. */
    public int id() {
        return id;
    }

    /** Returns the bits of the unsigned conf token. */
    public int token() {
        return token;
    }

    @Override
    int methodNumber() {
        return method;
    }

    String path() {
        String text = text(path);
        return text == null ? "" : text;
    }

    byte[] sourceIp() {
        if (sourceIp == ABSENT) {
            return new byte[0];
        }
        int from = RequestView.offset(sourceIp);
        return Arrays.copyOfRange(bytes(), from, from + RequestView.length(sourceIp));
    }

    @Nullable
    String text(long slice) {
        return slice == ABSENT ? null : reader.text(slice);
    }
}
