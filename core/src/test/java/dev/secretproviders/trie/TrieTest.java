package dev.secretproviders.trie;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToLongFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@SuppressWarnings("ReferenceEquality") // Sets tell values apart by which object they are.
final class TrieTest {
    private record Value(int key, int version) {}

    private static long spread(Value value) {
        return Trie.hash(Trie.spread(value.key()), value.key());
    }

    /** Many values share such a hash, or its lower half. */
    private static long crowded(Value value) {
        return Trie.hash(value.key() % 3, value.key() % 50);
    }

    @Property(tries = 60)
    void behavesAsAMapAndEarlierOnesStayAsTheyWere(@ForAll Random random, @ForAll boolean crowded) {
        ToLongFunction<Value> hash = crowded ? TrieTest::crowded : TrieTest::spread;
        TrieBuilder<Value> builder = new TrieBuilder<>(hash);
        Map<Integer, Value> model = new HashMap<>();
        Trie<Value> earlier = builder.trie();
        Map<Integer, Value> earlierModel = Map.of();
        for (int step = 0; step < 3_000; step++) {
            int key = random.nextInt(1_500);
            Value known = model.get(key);
            assertThat(builder.find(hash.applyAsLong(new Value(key, 0)), value -> value.key() == key))
                    .isSameAs(known);
            if (known != null && random.nextInt(3) == 0) {
                assertThat(builder.remove(known)).isTrue();
                assertThat(builder.remove(known)).isFalse();
                model.remove(key);
            } else {
                Value next = new Value(key, step);
                if (known == null && random.nextBoolean()) {
                    builder.add(next);
                } else {
                    builder.put(next, value -> value.key() == key);
                }
                model.put(key, next);
            }
            if (random.nextInt(400) == 0) {
                Trie<Value> now = builder.trie();
                holds(now, model);
                differ(earlier, now, earlierModel, model);
                holds(earlier, earlierModel);
                earlier = now;
                earlierModel = Map.copyOf(model);
            }
        }
        holds(builder.trie(), model);
        for (int lower = 0; crowded && lower < 3; lower++) {
            int wanted = lower;
            List<Value> found = new ArrayList<>();
            builder.trie().forEach(lower, found::add);
            assertThat(found)
                    .containsAll(model.values().stream()
                            .filter(value -> value.key() % 3 == wanted)
                            .toList());
            assertThat(builder.any(lower, value -> value.key() % 3 == wanted)).isEqualTo(!found.isEmpty());
        }
        model.values().forEach(builder::remove);
        assertThat(builder.trie().iterator().hasNext()).isFalse();
        assertThat(builder.size()).isZero();
    }

    private static void holds(Trie<Value> trie, Map<Integer, Value> model) {
        List<Value> called = new ArrayList<>();
        trie.forEach(called::add);
        assertThat(trie).containsExactlyElementsOf(called);
        assertThat(called).containsExactlyInAnyOrderElementsOf(model.values());
        assertThat(trie.size()).isEqualTo(model.size());
    }

    private static void differ(
            Trie<Value> before, Trie<Value> now, Map<Integer, Value> beforeModel, Map<Integer, Value> nowModel) {
        List<Value> removed = new ArrayList<>();
        List<Value> added = new ArrayList<>();
        now.difference(before, removed::add, added::add);
        assertThat(removed)
                .containsExactlyInAnyOrderElementsOf(beforeModel.values().stream()
                        .filter(value -> nowModel.get(value.key()) != value)
                        .toList());
        assertThat(added)
                .containsExactlyInAnyOrderElementsOf(nowModel.values().stream()
                        .filter(value -> beforeModel.get(value.key()) != value)
                        .toList());
    }

    @Test
    void oneChangeOfManyValuesTouchesFewNodes() {
        TrieBuilder<Value> builder = new TrieBuilder<>(TrieTest::spread);
        for (int key = 0; key < 100_000; key++) {
            int wanted = key;
            builder.put(new Value(key, 0), value -> value.key() == wanted);
        }
        Trie<Value> before = builder.trie();
        builder.put(new Value(7, 1), value -> value.key() == 7);
        Trie<Value> after = builder.trie();

        assertThat(differentNodes(before.root, after.root)).isLessThan(8);
    }

    private static int differentNodes(@Nullable Object one, @Nullable Object other) {
        if (one == other) {
            return 0;
        }
        int different = 1;
        if (one instanceof Trie.Branch some && other instanceof Trie.Branch others) {
            for (int i = 0; i < some.children.length; i++) {
                different += differentNodes(some.children[i], others.children[i]);
            }
        }
        return different;
    }
}
