package dev.secretproviders.transport.hosted;

import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.transport.wire.Content;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.wire.RewrittenRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.apisix.plugin.runner.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * What filters of others see as the response: records changes of the request until one of them stops it; from then on the
 * request stays stopped, whatever is set. Thread-safe: a filter may call it from threads of its own, even too late.
 */
final class HostedResponse extends HttpResponse {
    private static final Content DEFAULT_BODY = Content.of("{\"message\":\"stopped by a plugin\"}");
    private static final int NGINX_PAGES_FROM = 300;

    private final RewrittenRequest request;
    private final List<Header> stopHeaders = new ArrayList<>();
    private @Nullable Thread stopper;
    private int status = 200;
    private Content body = Content.NONE;

    HostedResponse(int id, RewrittenRequest request) {
        super(Integer.toUnsignedLong(id));
        this.request = request;
    }

    @Override
    public synchronized void setReqHeader(@Nullable String name, @Nullable String value) {
        if (name != null && stopper == null) {
            request.setHeader(name, value);
        }
    }

    @Override
    public synchronized void setArg(@Nullable String name, @Nullable String value) {
        if (name != null && stopper == null) {
            request.setArgument(name, value);
        }
    }

    @Override
    public synchronized void setPath(@Nullable String path) {
        if (path != null && stopper == null) {
            request.setPath(path);
        }
    }

    @Override
    public synchronized void setHeader(@Nullable String name, @Nullable String value) {
        if (name != null) {
            stop();
            Replies.set(stopHeaders, name, value);
        }
    }

    @Override
    public synchronized void setBody(@Nullable String text) {
        stop();
        body = text == null ? Content.NONE : Content.of(text);
    }

    @Override
    public synchronized void setStatusCode(int newStatus) {
        stop();
        status = newStatus;
    }

    private void stop() {
        if (stopper == null) {
            stopper = Thread.currentThread();
        }
    }

    synchronized boolean stopped() {
        return stopper != null;
    }

    synchronized boolean stoppedBy(Thread thread) {
        return stopper == thread;
    }

    synchronized void apply(Decision.Accept accept) {
        if (stopper == null) {
            request.apply(accept);
        }
    }

    /** Calls {@code reader} while no filter changes the request. */
    synchronized <T extends @Nullable Object> T read(Function<RewrittenRequest, T> reader) {
        return reader.apply(request);
    }

    /** Returns the answer as it is now. */
    synchronized FilterAnswer.ToRequest answer() {
        if (stopper == null) {
            return request.answer();
        }
        if (!Replies.validStatus(status)) {
            return FilterAnswer.FILTER_FAILED;
        }
        List<Header> headers = new ArrayList<>(stopHeaders);
        Content content = body;
        if (content.isEmpty() && status >= NGINX_PAGES_FROM) {
            content = DEFAULT_BODY;
            if (!Replies.has(headers, "content-type")) {
                headers.addAll(FilterAnswer.JSON);
            }
        }
        return new FilterAnswer.Stop(status, List.copyOf(headers), content);
    }
}
