package dev.secretproviders.consumer;

import dev.secretproviders.trie.Trie;
import dev.secretproviders.trie.TrieBuilder;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Consumers by username. A map that follows on another one shares what did not change with it, so that both are compared
 * in the time that the changes take. Immutable.
 */
final class ConsumerMap extends AbstractMap<String, Consumer> {
    private final Trie<Consumer> consumers;

    ConsumerMap(Trie<Consumer> consumers) {
        this.consumers = consumers;
    }

    /** Returns a map of its own kind with the entries of another map. */
    static ConsumerMap of(Map<String, Consumer> consumers) {
        if (consumers instanceof ConsumerMap same) {
            return same;
        }
        TrieBuilder<Consumer> builder = builder();
        consumers.forEach((username, consumer) -> {
            if (!username.equals(consumer.username())) {
                throw new IllegalArgumentException(username + " is not the name of " + consumer.username());
            }
            builder.add(consumer);
        });
        return new ConsumerMap(builder.trie());
    }

    static TrieBuilder<Consumer> builder() {
        return new TrieBuilder<>(consumer -> hash(consumer.username()));
    }

    static long hash(String username) {
        return Trie.hash(Trie.spread(username.hashCode()), 0);
    }

    /**
     * Calls {@code change} for each consumer that is not the same object in both maps: with the one before, the one now,
     * or both if they have the same name.
     */
    void changes(ConsumerMap before, ConsumerSnapshot.Change change) {
        List<Consumer> removed = new ArrayList<>();
        List<Consumer> added = new ArrayList<>();
        consumers.difference(before.consumers, removed::add, added::add);
        for (Consumer old : removed) {
            change.accept(old, get(old.username()));
        }
        for (Consumer now : added) {
            if (!before.containsKey(now.username())) {
                change.accept(null, now);
            }
        }
    }

    @Override
    public int size() {
        return consumers.size();
    }

    @Override
    public @Nullable Consumer get(@Nullable Object username) {
        return username instanceof String name
                ? consumers.find(hash(name), consumer -> consumer.username().equals(name))
                : null;
    }

    @Override
    public boolean containsKey(@Nullable Object username) {
        return get(username) != null;
    }

    @Override
    public Set<Entry<String, Consumer>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Entry<String, Consumer>> iterator() {
                Iterator<Consumer> all = consumers.iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return all.hasNext();
                    }

                    @Override
                    public Entry<String, Consumer> next() {
                        Consumer consumer = all.next();
                        return Map.entry(consumer.username(), consumer);
                    }
                };
            }

            @Override
            public int size() {
                return consumers.size();
            }
        };
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof ConsumerMap that)) {
            return super.equals(other);
        }
        if (size() != that.size()) {
            return false;
        }
        boolean[] same = {true};
        changes(that, (before, now) -> same[0] &= before != null && before.equals(now));
        return same[0];
    }

    /** As every map has it. Takes time for each consumer. */
    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
