package dev.secretproviders.dashboard.live;

import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Counts the changes of each topic. Thread-safe; no method blocks, so that the threads of the resolver may report changes. */
public final class LiveTopics {
    private final Map<Topic, AtomicLong> changes =
            Stream.of(Topic.values()).collect(Collectors.toUnmodifiableMap(topic -> topic, _ -> new AtomicLong()));

    /** Reports a change. */
    public void changed(Topic topic) {
        counter(topic).incrementAndGet();
    }

    /** Returns how many changes were reported. */
    long count(Topic topic) {
        return counter(topic).get();
    }

    private AtomicLong counter(Topic topic) {
        AtomicLong counter = changes.get(topic);
        if (counter == null) {
            throw new IllegalStateException("each topic has a counter");
        }
        return counter;
    }
}
