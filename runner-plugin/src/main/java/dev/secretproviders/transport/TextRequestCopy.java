package dev.secretproviders.transport;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.RequestView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Shows a request that filters have changed to a built-in filter. Not thread-safe. */
final class TextRequestCopy extends TextRequest {
    private final ByteBuf text = Unpooled.buffer();

    private final boolean mayHideHeaders;

    TextRequestCopy(List<Header> headers, List<Header> arguments, boolean mayHideHeaders) {
        this.mayHideHeaders = mayHideHeaders;
        headers.forEach(header -> add(this.headers, header));
        arguments.forEach(argument -> add(this.arguments, argument));
    }

    private void add(TextEntries entries, Header entry) {
        entries.add(append(entry.name()), entry.value() == null ? ABSENT : append(entry.value()));
    }

    private long append(String string) {
        int offset = text.writerIndex();
        return RequestView.slice(offset, text.writeCharSequence(string, StandardCharsets.UTF_8));
    }

    /** As it arrived: a filter that removed a header did not make those that stayed away appear. */
    @Override
    public boolean mayHideHeaders() {
        return mayHideHeaders;
    }

    @Override
    ByteBuf buffer() {
        return text;
    }
}
