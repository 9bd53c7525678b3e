package dev.secretproviders.trie;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A set of values by a hash of 64 bits. A changed set shares with the one before what did not change, so a change costs
 * the same in a small and in a large set, and two sets are compared in the time that their differences take. Beyond its
 * values a set takes some six bytes for each.
 *
 * <p>A hash is read from its lowest bits. Values whose hashes agree in the lower half are close to each other, see
 * {@link #forEach(int, Consumer)}. Values may have the same hash; what tells them apart is up to the caller.
 *
 * <p>Immutable and thread-safe. {@link TrieBuilder} makes it.
 */
public final class Trie<V> implements Iterable<V> {
    static final int BITS = 5;
    static final int BRANCHES = 1 << BITS;
    /** A set of this many values, or fewer, is a plain array. */
    static final int LARGEST_LEAF = 32;

    private static final int HALF = 32;

    /** Null, a {@link Branch}, or an array of values. */
    final @Nullable Object root;

    final int size;
    final ToLongFunction<? super V> hash;

    /** A node with children; each is null, a branch, or an array of values. */
    static final class Branch {
        final @Nullable Object[] children = new @Nullable Object[BRANCHES];
        /** The builder's mark, while only that builder knows this node. */
        @Nullable
        Object owner;

        Branch(@Nullable Object owner) {
            this.owner = owner;
        }
    }

    Trie(@Nullable Object root, int size, ToLongFunction<? super V> hash) {
        this.root = root;
        this.size = size;
        this.hash = hash;
    }

    /**
     * Returns a set without values.
     *
     * @param hash the hash of a value; always the same for one value
     */
    public static <V> Trie<V> empty(ToLongFunction<? super V> hash) {
        return new Trie<>(null, 0, hash);
    }

    /** Mixes the bits of a hash that is not evenly distributed, as that of a text. */
    public static int spread(int hash) {
        int mixed = hash * 0x9e3779b9;
        return mixed ^ mixed >>> 15;
    }

    /** Returns a hash with these halves, of which the lower one decides first. */
    public static long hash(int lower, int upper) {
        return (long) upper << HALF | Integer.toUnsignedLong(lower);
    }

    static int branch(long hash, int shift) {
        return (int) (hash >>> shift) & BRANCHES - 1;
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // A leaf of a set of V holds values of V.
    static <V> V value(Object[] leaf, int index) {
        return (V) leaf[index];
    }

    /** Returns the number of values. */
    public int size() {
        return size;
    }

    /** Returns the first value that fits, or null. The predicate sees those with this hash, and possibly a few others. */
    public @Nullable V find(long wanted, Predicate<? super V> fits) {
        return find(root, wanted, fits);
    }

    static <V> @Nullable V find(@Nullable Object root, long wanted, Predicate<? super V> fits) {
        Object node = root;
        for (int shift = 0; node instanceof Branch inner; shift += BITS) {
            node = inner.children[branch(wanted, shift)];
        }
        if (node instanceof Object[] leaf) {
            for (int i = 0; i < leaf.length; i++) {
                V value = value(leaf, i);
                if (fits.test(value)) {
                    return value;
                }
            }
        }
        return null;
    }

    /** Calls {@code action} for all values whose hash has this lower half, and possibly for a few others. */
    public void forEach(int lower, Consumer<? super V> action) {
        forEach(root, lower, action);
    }

    static <V> void forEach(@Nullable Object root, int lower, Consumer<? super V> action) {
        Object node = root;
        for (int shift = 0; node instanceof Branch inner && shift + BITS <= HALF; shift += BITS) {
            node = inner.children[branch(lower, shift)];
        }
        each(node, action);
    }

    static <V> boolean any(@Nullable Object root, int lower, Predicate<? super V> fits) {
        Object node = root;
        for (int shift = 0; node instanceof Branch inner && shift + BITS <= HALF; shift += BITS) {
            node = inner.children[branch(lower, shift)];
        }
        Iterator<V> values = new Values<>(node);
        while (values.hasNext()) {
            if (fits.test(values.next())) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void forEach(Consumer<? super V> action) {
        each(root, action);
    }

    private static <V> void each(@Nullable Object node, Consumer<? super V> action) {
        if (node instanceof Branch inner) {
            for (Object child : inner.children) {
                each(child, action);
            }
        } else if (node instanceof Object[] leaf) {
            for (int i = 0; i < leaf.length; i++) {
                action.accept(value(leaf, i));
            }
        }
    }

    /**
     * Calls {@code removed} for each value of the set before that is not in this one, and {@code added} for each value of
     * this set that was not in that one. Values are the same if they are the same object.
     */
    public void difference(Trie<V> before, Consumer<? super V> removed, Consumer<? super V> added) {
        difference(before.root, root, removed, added);
    }

    @SuppressWarnings("ReferenceEquality") // The same node holds the same values. Equal nodes do not matter.
    private static <V> void difference(
            @Nullable Object before, @Nullable Object now, Consumer<? super V> removed, Consumer<? super V> added) {
        if (before == now) {
            return;
        }
        if (before instanceof Branch some && now instanceof Branch others) {
            for (int i = 0; i < BRANCHES; i++) {
                difference(some.children[i], others.children[i], removed, added);
            }
        } else if (before == null) {
            each(now, added);
        } else if (now == null) {
            each(before, removed);
        } else {
            Set<V> old = Collections.newSetFromMap(new IdentityHashMap<>());
            Trie.<V>each(before, old::add);
            Trie.<V>each(now, value -> {
                if (!old.remove(value)) {
                    added.accept(value);
                }
            });
            old.forEach(removed);
        }
    }

    @Override
    public Iterator<V> iterator() {
        return new Values<>(root);
    }

    /** Walks through the values, and remembers the way to the next one. */
    private static final class Values<V> implements Iterator<V> {
        private static final int DEEPEST = Long.SIZE / BITS + 2;

        private final Branch[] path = new Branch[DEEPEST];
        private final int[] next = new int[DEEPEST];
        private int depth = -1;
        private Object[] leaf = {};
        private int position;

        Values(@Nullable Object root) {
            enter(root);
            seek();
        }

        private void enter(@Nullable Object node) {
            if (node instanceof Branch inner) {
                depth++;
                path[depth] = inner;
                next[depth] = 0;
            } else if (node instanceof Object[] values) {
                leaf = values;
                position = 0;
            }
        }

        private void seek() {
            while (position == leaf.length && depth >= 0) {
                if (next[depth] == BRANCHES) {
                    depth--;
                } else {
                    enter(path[depth].children[next[depth]++]);
                }
            }
        }

        @Override
        public boolean hasNext() {
            return position < leaf.length;
        }

        @Override
        @SuppressWarnings("unchecked")
        public V next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            V value = (V) leaf[position++];
            seek();
            return value;
        }
    }
}
