package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.RequestView;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Shows a request that filters have changed to a built-in filter. Not thread-safe. */
final class TextRequestCopy extends TextRequest {
    private final byte[] bytes;
    private final boolean mayHideHeaders;
    private final long source;
    private final int method;
    private final @Nullable String consumer;

    TextRequestCopy(RewrittenRequest request, byte[] sourceIp, boolean mayHideHeaders) {
        this.mayHideHeaders = mayHideHeaders;
        method = request.method();
        consumer = request.consumer();
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        request.headers().forEach(header -> add(headers, header, text));
        request.arguments().forEach(argument -> add(arguments, argument, text));
        source = RequestView.slice(text.size(), sourceIp.length);
        text.writeBytes(sourceIp);
        bytes = text.toByteArray();
    }

    private static void add(TextEntries entries, Header entry, ByteArrayOutputStream text) {
        entries.add(append(entry.name(), text), entry.value() == null ? ABSENT : append(entry.value(), text));
    }

    private static long append(String string, ByteArrayOutputStream text) {
        byte[] added = string.getBytes(StandardCharsets.UTF_8);
        int offset = text.size();
        text.writeBytes(added);
        return RequestView.slice(offset, added.length);
    }

    /**
     * Returns the value for the original request. Headers that were hidden then stay hidden after a filter's changes.
     */
    @Override
    public boolean mayHideHeaders() {
        return mayHideHeaders;
    }

    @Override
    int methodNumber() {
        return method;
    }

    @Override
    public @Nullable String consumer() {
        return consumer;
    }

    @Override
    public long source() {
        return source;
    }

    @Override
    public byte[] bytes() {
        return bytes;
    }
}
