package dev.secretproviders.store;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Changes that are made together or not at all. Immutable.
 *
 * @param conditions for each key the revision that its entry must have; 0 demands that there is none
 * @param puts the values to write
 * @param deletes the keys to remove; one that is absent is no error
 */
public record Transaction(Map<String, Long> conditions, Map<String, byte[]> puts, Set<String> deletes) {
    /** Changes nothing. */
    public static final Transaction EMPTY = new Transaction(Map.of(), Map.of(), Set.of());

    public Transaction {
        conditions = Map.copyOf(conditions);
        puts = Map.copyOf(puts);
        deletes = Set.copyOf(deletes);
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
}
