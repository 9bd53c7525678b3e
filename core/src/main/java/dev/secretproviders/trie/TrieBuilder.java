package dev.secretproviders.trie;

import dev.secretproviders.trie.Trie.Branch;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Changes a {@link Trie}. Each set that {@link #trie} returned stays as it is.
 *
 * <p>Not thread-safe.
 */
@SuppressWarnings("ReferenceEquality") // Nodes and values are told apart by which object they are.
public final class TrieBuilder<V> {
    private final ToLongFunction<? super V> hash;
    private @Nullable Object root;
    private int size;
    /** Marks the nodes that no set has yet, so that they can be changed in place. */
    private Object mark = new Object();

    /**
     * Begins with no values.
     *
     * @param hash the hash of a value; always the same for one value
     */
    public TrieBuilder(ToLongFunction<? super V> hash) {
        this.hash = hash;
    }

    /** Returns the set as it is now. */
    public Trie<V> trie() {
        mark = new Object();
        return new Trie<>(root, size, hash);
    }

    /** Returns the number of values. */
    public int size() {
        return size;
    }

    /** Returns the first value that fits, or null. The predicate sees those with this hash, and possibly a few others. */
    public @Nullable V find(long wanted, Predicate<? super V> fits) {
        return Trie.find(root, wanted, fits);
    }

    /** Calls {@code action} for all values whose hash has this lower half, and possibly for a few others. */
    public void forEach(int lower, Consumer<? super V> action) {
        Trie.<V>forEach(root, lower, action);
    }

    /** Returns whether a value fits. The predicate sees those whose hash has this lower half, and possibly a few others. */
    public boolean any(int lower, Predicate<? super V> fits) {
        return Trie.<V>any(root, lower, fits);
    }

    /** Adds a value in the place of another one with the same hash that {@code same} accepts, if there is one. */
    public void put(V value, Predicate<? super V> same) {
        root = put(root, hash.applyAsLong(value), 0, value, same);
    }

    /**
     * Adds a value of which the caller knows that no other one stands in its place. Takes less time than {@link #put},
     * which looks at the values nearby.
     */
    public void add(V value) {
        root = put(root, hash.applyAsLong(value), 0, value, null);
    }

    /** Removes a value, by identity. Returns whether it was there. */
    public boolean remove(V value) {
        int before = size;
        root = remove(root, hash.applyAsLong(value), 0, value);
        return size < before;
    }

    /** @param same null if there is no value to replace */
    private Object put(@Nullable Object node, long wanted, int shift, V value, @Nullable Predicate<? super V> same) {
        if (node instanceof Branch inner) {
            int branch = Trie.branch(wanted, shift);
            Object before = inner.children[branch];
            Object now = put(before, wanted, shift + Trie.BITS, value, same);
            return before == now ? inner : with(inner, branch, now);
        }
        if (!(node instanceof Object[] leaf)) {
            size++;
            return new Object[] {value};
        }
        for (int i = 0; same != null && i < leaf.length; i++) {
            V other = Trie.value(leaf, i);
            if (hash.applyAsLong(other) == wanted && same.test(other)) {
                Object[] changed = leaf.clone();
                changed[i] = value;
                return changed;
            }
        }
        size++;
        Object[] longer = Arrays.copyOf(leaf, leaf.length + 1);
        longer[leaf.length] = value;
        return longer.length <= Trie.LARGEST_LEAF || shift >= Long.SIZE ? longer : split(longer, shift);
    }

    private Branch split(Object[] leaf, int shift) {
        Branch inner = new Branch(mark);
        for (int i = 0; i < leaf.length; i++) {
            V value = Trie.value(leaf, i);
            int branch = Trie.branch(hash.applyAsLong(value), shift);
            Object before = inner.children[branch];
            Object[] values = before instanceof Object[] some ? Arrays.copyOf(some, some.length + 1) : new Object[1];
            values[values.length - 1] = value;
            inner.children[branch] = values;
        }
        for (int i = 0; i < Trie.BRANCHES; i++) {
            if (inner.children[i] instanceof Object[] values
                    && values.length > Trie.LARGEST_LEAF
                    && shift + Trie.BITS < Long.SIZE) {
                inner.children[i] = split(values, shift + Trie.BITS);
            }
        }
        return inner;
    }

    private Branch with(Branch inner, int branch, @Nullable Object child) {
        Branch mine = inner;
        if (inner.owner != mark) {
            mine = new Branch(mark);
            System.arraycopy(inner.children, 0, mine.children, 0, Trie.BRANCHES);
        }
        mine.children[branch] = child;
        return mine;
    }

    private @Nullable Object remove(@Nullable Object node, long wanted, int shift, V value) {
        if (node instanceof Branch inner) {
            int branch = Trie.branch(wanted, shift);
            Object before = inner.children[branch];
            Object now = remove(before, wanted, shift + Trie.BITS, value);
            return before == now ? inner : shrunk(with(inner, branch, now));
        }
        if (node instanceof Object[] leaf) {
            for (int i = 0; i < leaf.length; i++) {
                if (leaf[i] == value) {
                    size--;
                    return without(leaf, i);
                }
            }
        }
        return node;
    }

    private static Object @Nullable [] without(Object[] leaf, int index) {
        if (leaf.length == 1) {
            return null;
        }
        Object[] shorter = Arrays.copyOf(leaf, leaf.length - 1);
        System.arraycopy(leaf, index + 1, shorter, index, shorter.length - index);
        return shorter;
    }

    /** Returns null for a node without children, and the child itself for one with a single leaf. */
    private static @Nullable Object shrunk(Branch inner) {
        Object only = null;
        for (Object child : inner.children) {
            if (child != null) {
                if (only != null || child instanceof Branch) {
                    return inner;
                }
                only = child;
            }
        }
        return only;
    }
}
