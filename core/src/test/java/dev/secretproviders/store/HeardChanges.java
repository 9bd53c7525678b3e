package dev.secretproviders.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.store.Store.Change;
import dev.secretproviders.store.Store.Watcher;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A watcher that records its calls. Thread-safe. */
public class HeardChanges implements Watcher {
    private final List<String> told = new ArrayList<>();
    private long revision;

    @Override
    public synchronized void changed(List<Change> changes) {
        for (Change change : changes) {
            Stored entry = change.entry();
            told.add(change.key()
                    + (entry == null ? " deleted" : "=" + new String(entry.value(), StandardCharsets.UTF_8)));
            if (change.revision() < revision) {
                told.add("out of order: " + change.revision());
            }
            revision = change.revision();
        }
    }

    @Override
    public synchronized void lost() {
        told.add("lost");
        revision = 0;
    }

    @Override
    public synchronized void restarted() {
        told.add("restarted");
        revision = 0;
    }

    /** Returns the recorded calls. */
    public synchronized List<String> told() {
        return List.copyOf(told);
    }

    synchronized void forget() {
        told.clear();
    }

    /** Waits until the recorded calls match. */
    public void awaitTold(Predicate<List<String>> wanted) {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(5))
                .until(this::told, wanted);
    }

    public void awaitTold(String... wanted) {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(told()).containsExactly(wanted));
    }
}
