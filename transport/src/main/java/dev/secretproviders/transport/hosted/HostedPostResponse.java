package dev.secretproviders.transport.hosted;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.transport.wire.Content;
import dev.secretproviders.transport.wire.FilterAnswer;
import dev.secretproviders.transport.wire.Messages;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.apisix.plugin.runner.PostResponse;
import org.jspecify.annotations.Nullable;

/**
 * What filters of others may change of the upstream's response. Headers of an answer replace all of the upstream's in
 * APISIX, so an answer with any change of headers holds the upstream's others too. Thread-safe.
 */
final class HostedPostResponse extends PostResponse {
    private final List<Header> headers;
    private boolean headersChanged;
    private int status;
    private Charset charset = StandardCharsets.UTF_8;
    private @Nullable String body;

    HostedPostResponse(Messages.HttpRespCall call) {
        super(Integer.toUnsignedLong(call.id()));
        headers = Replies.allowed(call.headers());
    }

    @Override
    public synchronized void setHeader(@Nullable String name, @Nullable String value) {
        if (name != null) {
            Replies.set(headers, name, value);
            headersChanged = true;
        }
    }

    @Override
    public synchronized void setBody(@Nullable String newBody) {
        body = newBody;
    }

    @Override
    public synchronized void setStatusCode(int newStatus) {
        status = newStatus;
    }

    @Override
    public synchronized void setCharset(Charset newCharset) {
        charset = newCharset;
    }

    /** Returns the answer as it is now, or null if it cannot be sent. */
    synchronized FilterAnswer.@Nullable ToResponse answer() {
        if (status != 0 && !Replies.validStatus(status)) {
            return null;
        }
        return new FilterAnswer.ToResponse(
                status,
                headersChanged ? List.copyOf(headers) : List.of(),
                body == null ? Content.NONE : Content.owning(body.getBytes(charset)));
    }
}
