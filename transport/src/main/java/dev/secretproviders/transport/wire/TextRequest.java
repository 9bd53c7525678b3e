package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.RequestView;
import io.github.api7.A6.Method;
import org.jspecify.annotations.Nullable;

/** Looks up headers and arguments of a request in the array that holds them. Not thread-safe. */
public abstract class TextRequest implements RequestView {
    final TextEntries headers = new TextEntries();
    final TextEntries arguments = new TextEntries();
    private @Nullable FetchedInfo info;

    TextRequest() {}

    /** Shows what APISIX has sent in addition, or nothing if {@code fetched} is null. */
    public final void show(@Nullable FetchedInfo fetched) {
        info = fetched;
    }

    @Override
    public final String method() {
        return Method.names[methodNumber()];
    }

    /** Returns the number of the HTTP method in the protocol. */
    abstract int methodNumber();

    @Override
    public final byte @Nullable [] variable(String name) {
        return bytes(info == null ? null : info.variable(name));
    }

    @Override
    public final byte @Nullable [] body() {
        return bytes(info == null ? null : info.body());
    }

    private static byte @Nullable [] bytes(@Nullable Content content) {
        return content == null ? null : content.bytes();
    }

    @Override
    public final long header(byte[] name) {
        int index = headers.find(bytes(), name, 0);
        if (index < 0) {
            return ABSENT;
        }
        long value = headers.value(index);
        return value == ABSENT ? RequestView.slice(0, 0) : value;
    }

    @Override
    public final long argument(byte[] name) {
        int index = arguments.find(bytes(), name, 0);
        if (index < 0) {
            return ABSENT;
        }
        if (arguments.find(bytes(), name, index + 1) >= 0) {
            return REPEATED;
        }
        long value = arguments.value(index);
        return value == ABSENT ? NO_VALUE : value;
    }

    @Override
    public final int headerCount() {
        return headers.count();
    }

    @Override
    public final long headerName(int index) {
        return headers.name(index);
    }

    @Override
    public final long headerValue(int index) {
        long value = headers.value(index);
        return value == ABSENT ? RequestView.slice(0, 0) : value;
    }
}
