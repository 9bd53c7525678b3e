package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.RequestView;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Shows a request that filters have changed to a built-in filter. Not thread-safe. */
final class TextRequestCopy extends TextRequest {
    private final byte[] bytes;
    private final boolean mayHideHeaders;
    private final long source;

    TextRequestCopy(List<Header> headers, List<Header> arguments, byte[] sourceIp, boolean mayHideHeaders) {
        this.mayHideHeaders = mayHideHeaders;
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        headers.forEach(header -> add(this.headers, header, text));
        arguments.forEach(argument -> add(this.arguments, argument, text));
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

    /** As it arrived: a filter that removed a header did not make those that stayed away appear. */
    @Override
    public boolean mayHideHeaders() {
        return mayHideHeaders;
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
