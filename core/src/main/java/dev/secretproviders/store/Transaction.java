package dev.secretproviders.store;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Changes that are made together or not at all. Immutable. At most {@value #MOST_KEYS} conditions and {@value #MOST_KEYS}
 * changes, with at most about 1 MiB of values: what etcd takes by default.
 *
 * @param conditions for each key the revision that its entry must have; 0 demands that there is none
 * @param puts the values to write
 * @param deletes the keys to remove; one that is absent is no error
 */
public record Transaction(Map<String, Long> conditions, Map<String, byte[]> puts, Set<String> deletes) {
    /** The maximum number of conditions, and of changes. */
    public static final int MOST_KEYS = 120;

    /** The transaction without conditions and changes. */
    public static final Transaction EMPTY = new Transaction(Map.of(), Map.of(), Set.of());

    public Transaction {
        conditions = Map.copyOf(conditions);
        puts = Map.copyOf(puts);
        deletes = Set.copyOf(deletes);
        if (conditions.size() > MOST_KEYS || puts.size() + deletes.size() > MOST_KEYS) {
            throw new IllegalArgumentException("a transaction has at most " + MOST_KEYS + " conditions and changes");
        }
        for (String key : deletes) {
            if (puts.containsKey(key)) {
                throw new IllegalArgumentException("a transaction cannot both write and delete " + key);
            }
        }
    }

    /** Returns this transaction with one more condition: the entry of {@code key} has this revision; 0 for no entry. */
    public Transaction expecting(String key, long revision) {
        Map<String, Long> more = new LinkedHashMap<>(conditions);
        more.put(key, revision);
        return new Transaction(more, puts, deletes);
    }

    /** Returns this transaction with one more condition: the entry of {@code key} is still the one read; null for no entry. */
    public Transaction expecting(String key, @Nullable Stored read) {
        return expecting(key, read == null ? 0 : read.revision());
    }

    /** Returns this transaction with one more value to write. */
    public Transaction put(String key, byte[] value) {
        Map<String, byte[]> more = new LinkedHashMap<>(puts);
        more.put(key, value);
        return new Transaction(conditions, more, deletes);
    }

    /** Returns this transaction with one more key to remove. */
    public Transaction delete(String key) {
        Set<String> more = new LinkedHashSet<>(deletes);
        more.add(key);
        return new Transaction(conditions, puts, more);
    }

    /** Returns this transaction with the conditions and changes of another one. */
    public Transaction and(Transaction other) {
        Map<String, Long> allConditions = new LinkedHashMap<>(conditions);
        allConditions.putAll(other.conditions);
        Map<String, byte[]> allPuts = new LinkedHashMap<>(puts);
        allPuts.putAll(other.puts);
        Set<String> allDeletes = new LinkedHashSet<>(deletes);
        allDeletes.addAll(other.deletes);
        return new Transaction(allConditions, allPuts, allDeletes);
    }
}
