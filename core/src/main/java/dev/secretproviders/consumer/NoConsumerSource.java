package dev.secretproviders.consumer;

import java.time.Instant;
import java.util.List;

/** A source without consumers, so that every key is unknown. */
final class NoConsumerSource implements ConsumerSource {
    private final Status status = new Status(NONE, true, Instant.now(), null);

    @Override
    public void start(Listener listener) {
        listener.changed(ConsumerSnapshot.EMPTY);
    }

    @Override
    public Status status() {
        return status;
    }

    @Override
    public List<SecretObject> secretObjects() {
        return List.of();
    }

    @Override
    public void close() {}
}
