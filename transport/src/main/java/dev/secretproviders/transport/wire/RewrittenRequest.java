package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Header;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A request with the changes that filters have made so far. The next filter sees it, and the answer holds the changes.
 * Used by one filter after another under the lock of its {@code ChainRun}.
 */
public final class RewrittenRequest {
    private final List<Header> headers;
    private final List<Header> arguments;
    private final List<Header> headerChanges = new ArrayList<>();
    private final List<Header> argumentChanges = new ArrayList<>();
    private final boolean mayHideHeaders;
    private final int method;
    private final byte[] sourceIp;
    private String path;
    private boolean pathChanged;
    private @Nullable String consumer;

    /** Copies the request from its frame. */
    public RewrittenRequest(HttpReqCallFrame frame) {
        headers = Messages.strings(frame.reader, frame.headers);
        arguments = Messages.strings(frame.reader, frame.arguments);
        mayHideHeaders = frame.mayHideHeaders();
        method = frame.methodNumber();
        sourceIp = frame.sourceIp();
        path = frame.path();
    }

    /** Returns the number of the HTTP method in the protocol. */
    public int method() {
        return method;
    }

    /** Returns the bytes of the client's address, or an empty array if it has none. */
    public byte[] sourceIp() {
        return sourceIp;
    }

    /** Returns the current path. */
    public String path() {
        return path;
    }

    /** Returns the current headers. A header with several values appears several times. */
    public List<Header> headers() {
        return List.copyOf(headers);
    }

    /** Returns the current query arguments. An argument without {@code =} has a null value. */
    public List<Header> arguments() {
        return List.copyOf(arguments);
    }

    /** Returns whether no filter has changed anything or identified a consumer. */
    public boolean unchanged() {
        return !pathChanged && consumer == null && headerChanges.isEmpty() && argumentChanges.isEmpty();
    }

    /** Sets the path, decoded and without query. */
    public void setPath(String newPath) {
        path = newPath;
        pathChanged = true;
    }

    /** Replaces all values of a header. A null or empty value removes it, as in APISIX. */
    public void setHeader(String name, @Nullable String value) {
        headers.removeIf(header -> header.name().equalsIgnoreCase(name));
        headerChanges.removeIf(header -> header.name().equalsIgnoreCase(name));
        if (value != null && !value.isEmpty()) {
            headers.add(new Header(name.toLowerCase(Locale.ROOT), value));
        }
        headerChanges.add(new Header(name, value));
    }

    /** Replaces all values of an argument. A null value removes it. */
    public void setArgument(String name, @Nullable String value) {
        arguments.removeIf(argument -> argument.name().equals(name));
        argumentChanges.removeIf(argument -> argument.name().equals(name));
        if (value != null) {
            arguments.add(new Header(name, value));
        }
        argumentChanges.add(new Header(name, value));
    }

    /** Applies the changes of an accepting decision. */
    public void apply(Decision.Accept accept) {
        accept.headers().forEach(header -> setHeader(header.name(), header.value()));
        accept.removedArguments().forEach(name -> setArgument(name, null));
        accept.setArguments().forEach(argument -> setArgument(argument.name(), argument.value()));
        if (!accept.consumer().isEmpty()) {
            consumer = accept.consumer();
        }
    }

    /** Returns the consumer that a built-in filter identified, or null. */
    @Nullable
    String consumer() {
        return consumer;
    }

    /** Returns a copy for built-in filters, which shows {@code info}, too. */
    public TextRequest view(FetchedInfo info) {
        TextRequest copy = new TextRequestCopy(this, sourceIp, mayHideHeaders);
        copy.show(info);
        return copy;
    }

    /** Returns the answer that holds the changes. */
    public FilterAnswer.Continue answer() {
        return new FilterAnswer.Continue(
                pathChanged ? path : null, List.copyOf(headerChanges), List.copyOf(argumentChanges));
    }
}
