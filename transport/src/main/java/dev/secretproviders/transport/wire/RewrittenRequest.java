package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.auth.RequestView;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A request with the changes that filters have made so far: what the next filter sees, and what the answer will hold.
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

    /** Copies what the frame holds. */
    public RewrittenRequest(HttpReqCallFrame frame) {
        headers = Messages.strings(frame.reader, frame.headers);
        arguments = Messages.strings(frame.reader, frame.arguments);
        mayHideHeaders = frame.mayHideHeaders();
        method = frame.method();
        sourceIp = frame.sourceIp();
        path = frame.path();
    }

    public int method() {
        return method;
    }

    public byte[] sourceIp() {
        return sourceIp;
    }

    public String path() {
        return path;
    }

    /** Returns the headers as they are now; a header with several values is there several times. */
    public List<Header> headers() {
        return List.copyOf(headers);
    }

    /** Returns the query arguments as they are now; a null value stands for an argument without {@code =}. */
    public List<Header> arguments() {
        return List.copyOf(arguments);
    }

    public boolean unchanged() {
        return !pathChanged && headerChanges.isEmpty() && argumentChanges.isEmpty();
    }

    public void setPath(String newPath) {
        path = newPath;
        pathChanged = true;
    }

    /** Sets a header in place of all values it had; null or empty removes it, as APISIX does. */
    public void setHeader(String name, @Nullable String value) {
        headers.removeIf(header -> header.name().equalsIgnoreCase(name));
        headerChanges.removeIf(header -> header.name().equalsIgnoreCase(name));
        if (value != null && !value.isEmpty()) {
            headers.add(new Header(name.toLowerCase(Locale.ROOT), value));
        }
        headerChanges.add(new Header(name, value));
    }

    /** Sets an argument in place of all values it had; null removes it. */
    public void setArgument(String name, @Nullable String value) {
        arguments.removeIf(argument -> argument.name().equals(name));
        argumentChanges.removeIf(argument -> argument.name().equals(name));
        if (value != null) {
            arguments.add(new Header(name, value));
        }
        argumentChanges.add(new Header(name, value));
    }

    public void apply(Decision.Accept accept) {
        accept.headers().forEach(header -> setHeader(header.name(), header.value()));
        accept.removedArguments().forEach(name -> setArgument(name, null));
    }

    public RequestView view() {
        return new TextRequestCopy(headers, arguments, sourceIp, mayHideHeaders);
    }

    public FilterAnswer.Continue answer() {
        return new FilterAnswer.Continue(
                pathChanged ? path : null, List.copyOf(headerChanges), List.copyOf(argumentChanges));
    }
}
