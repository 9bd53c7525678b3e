package dev.secretproviders.admin.graph;

import dev.secretproviders.admin.rest.FirstRows;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The consumers that one caller sees, each with the credentials that the caller sees. Not thread-safe. */
final class SeenConsumers {
    private final ConsumerSnapshot snapshot;
    private final Predicate<Credential> included;
    private final boolean everything;
    private @Nullable List<String> clients;
    private @Nullable List<String> firstClients;

    /**
     * Creates a view of consumers.
     *
     * @param included returns whether the caller sees a credential
     * @param everything whether the caller sees consumers without such a credential, too
     */
    SeenConsumers(ConsumerSnapshot snapshot, Predicate<Credential> included, boolean everything) {
        this.snapshot = snapshot;
        this.included = included;
        this.everything = everything;
    }

    /** Returns whether the caller sees a consumer. */
    boolean has(String username) {
        return snapshot.consumers().containsKey(username)
                && (everything || !credentials(username).isEmpty());
    }

    /** Returns the credentials of a consumer that the caller sees, none if there is no such consumer. */
    List<Credential> credentials(String username) {
        Consumer consumer = snapshot.consumers().get(username);
        return consumer == null
                ? List.of()
                : consumer.credentials().stream().filter(included).toList();
    }

    /** Returns how many consumers have a credential. */
    int clients() {
        return named().size();
    }

    /** Returns the first {@link Graph#MOST_EDGES} consumers with a credential, by name. */
    List<String> firstClients() {
        List<String> known = firstClients;
        if (known == null) {
            known = FirstRows.of(named(), Comparator.naturalOrder(), Graph.MOST_EDGES);
            firstClients = known;
        }
        return known;
    }

    private List<String> named() {
        List<String> known = clients;
        if (known == null) {
            known = new ArrayList<>();
            for (Consumer consumer : snapshot.consumers().values()) {
                if (consumer.credentials().stream().anyMatch(included)) {
                    known.add(consumer.username());
                }
            }
            clients = known;
        }
        return known;
    }
}
