package dev.secretproviders.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.resolve.DueQueue.Urgency;
import dev.secretproviders.spi.SecretPath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** In which order the secrets of one provider are asked for. */
class DueQueueTest {
    private static final long NOW = -1_000;

    private final Set<SecretEntry> dropped = new HashSet<>();
    private final DueQueue queue = new DueQueue(entry -> !dropped.contains(entry));

    private SecretEntry add(String name, long when, Urgency urgency) {
        SecretEntry entry =
                new SecretEntry(SecretPath.current(name), ResolverFixture.policy(ResolverFixture.OVERLAP), when);
        queue.add(entry, urgency);
        return entry;
    }

    private List<String> takeAll() {
        List<String> taken = new ArrayList<>();
        for (SecretEntry entry = queue.firstDue(NOW); entry != null; entry = queue.firstDue(NOW)) {
            queue.remove(entry);
            entry.started();
            taken.add(entry.path.name());
        }
        return taken;
    }

    @Test
    void urgentOnesGoFirstThenThoseDueFirstThenThoseAddedFirst() {
        add("routine", NOW - 9, Urgency.ROUTINE);
        add("later", NOW - 1, Urgency.ELEVATED);
        add("earlier", NOW - 2, Urgency.ELEVATED);
        add("earlier, too", NOW - 2, Urgency.ELEVATED);
        add("requested", NOW, Urgency.REQUESTED);
        add("not due", NOW + 1, Urgency.REQUESTED);
        assertThat(takeAll()).containsExactly("requested", "earlier", "earlier, too", "later", "routine");
        assertThat(queue.firstDue(NOW)).isNull();
    }

    @Test
    void earliestIsTheOneDueFirstHoweverUrgentOthersAre() {
        assertThat(queue.earliest()).isNull();
        add("requested", NOW, Urgency.REQUESTED);
        SecretEntry routine = add("routine", NOW - 5, Urgency.ROUTINE);
        assertThat(queue.earliest()).isSameAs(routine);
    }

    @Test
    void entryIsTakenOnceThoughItWasMadeMoreUrgentAndDueEarlier() {
        SecretEntry entry = add("jack", NOW + 100, Urgency.ROUTINE);
        assertThat(entry.makeDue(NOW)).isTrue();
        queue.add(entry, Urgency.REQUESTED);
        assertThat(takeAll()).containsExactly("jack");
    }

    @Test
    void droppedEntryIsNotAskedFor() {
        dropped.add(add("jack", NOW, Urgency.REQUESTED));
        add("kate", NOW, Urgency.ROUTINE);
        assertThat(takeAll()).containsExactly("kate");
    }
}
