package dev.secretproviders.inject;

import dev.secretproviders.auth.ListedRequest;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A request with headers, a consumer that an earlier filter found, and one that APISIX knows. Nothing in it may be looked
 * up by name.
 */
final class SentRequest extends ListedRequest {
    private @Nullable String consumer;
    private @Nullable String attached;

    @Override
    public SentRequest header(String name, String value) {
        super.header(name, value);
        return this;
    }

    SentRequest by(@Nullable String name) {
        consumer = name;
        return this;
    }

    SentRequest attached(String name) {
        attached = name;
        return this;
    }

    @Override
    public long header(byte[] name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long argument(byte[] name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public @Nullable String consumer() {
        return consumer;
    }

    @Override
    public byte @Nullable [] variable(String name) {
        return attached == null || !name.equals("consumer_name") ? null : attached.getBytes(StandardCharsets.UTF_8);
    }
}
