package dev.secretproviders.store.protection;

import dev.secretproviders.store.CommitResult.Conflict;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.KeyRange;
import dev.secretproviders.store.Keys;
import dev.secretproviders.store.Range;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import dev.secretproviders.store.Stored;
import dev.secretproviders.store.Transaction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The manifest: a tree of digests over the records that must not go back to an earlier state. The root holds a counter,
 * the digest of the audit log's head, and a node for each range. A range's node holds up to 256 buckets. A bucket holds
 * the digests of the records whose keys fall into it. A change writes one bucket, one range and the root. Each node is
 * a sealed entry of the store.
 *
 * <p>Nodes are read when they are needed, and cached as long as the node above names their digest. Thread-safe.
 */
final class Manifest {
    static final String ROOT = "manifest/root";

    private static final String RANGE = "manifest/range/";
    private static final String BUCKET = "manifest/bucket/";
    private static final String CHAIN_HEAD = "audit/head";
    private static final List<String> RANGES = List.of(
            "certificate/",
            "certificate-issued/",
            "certificate-state/",
            "provider/",
            "revocation/",
            "secret/",
            "token/");
    /** With this number, even full buckets of a large store stay below the mebibyte that a transaction may have. */
    private static final int NODES_PER_TRANSACTION = 16;

    private final Store store;
    private final Map<String, Known> nodes = new ConcurrentHashMap<>();

    /** A node and its digest. */
    @SuppressWarnings("ArrayRecordComponent") // Compared by the digest only.
    private record Known(byte[] digest, ManifestNode node) {}

    /**
     * The root that was read.
     *
     * @param revision the store's revision that wrote it; 0 if it was never written
     */
    record Root(ManifestNode node, long revision) {
        long counter() {
            return node.counter();
        }
    }

    /** @param store opens and seals the nodes */
    Manifest(Store store) {
        this.store = store;
    }

    static boolean covers(String key) {
        return key.equals(CHAIN_HEAD) || RANGES.stream().anyMatch(key::startsWith);
    }

    /** Returns whether an entry belongs to the manifest itself. */
    static boolean isNode(String key) {
        return key.startsWith("manifest/");
    }

    /** Returns the prefixes of the covered keys; the audit log's head is one of them. */
    static List<String> covered() {
        List<String> all = new ArrayList<>(RANGES);
        all.add(CHAIN_HEAD);
        return all;
    }

    /** Returns whether any keys with a prefix are covered. */
    static boolean coversSome(String prefix) {
        return covered().stream().anyMatch(range -> range.startsWith(prefix) || prefix.startsWith(range));
    }

    /** Returns the store's current root, or null if there is none. */
    @Nullable
    Root read() throws StoreException {
        Stored stored = store.get(ROOT);
        return stored == null ? null : new Root(ManifestNode.read(stored), stored.revision());
    }

    /**
     * Returns the digest that a record must have, or null if the record must be absent.
     *
     * @throws DamagedEntryException if a node does not match the root, which may also mean that the root is outdated
     */
    byte @Nullable [] digest(ManifestNode root, String key) throws StoreException {
        return key.equals(CHAIN_HEAD) ? root.get(key) : bucket(root, key).get(key);
    }

    /** Returns the keys of all records that must be present in a range. */
    List<String> keys(ManifestNode root, KeyRange part) throws StoreException {
        List<String> found = new ArrayList<>();
        if (root.get(CHAIN_HEAD) != null && part.contains(Keys.utf8(CHAIN_HEAD))) {
            found.add(CHAIN_HEAD);
        }
        for (String range : RANGES) {
            KeyRange whole = KeyRange.of(Range.prefix(range));
            if (!whole.overlaps(part)) {
                continue;
            }
            ManifestNode node = rangeNode(root, range);
            fetch(node, range);
            for (String bucket : node.digests().keySet()) {
                node(bucket, node.get(bucket)).digests().keySet().stream()
                        .filter(key -> part.contains(Keys.utf8(key)))
                        .forEach(found::add);
            }
        }
        return found;
    }

    /** Reads the buckets of a range at once rather than one by one. */
    private void fetch(ManifestNode range, String name) throws StoreException {
        long missing = range.digests().keySet().stream()
                .filter(key -> !isKnown(key, range.get(key)))
                .count();
        if (missing > 1) {
            for (Stored stored : store.list(BUCKET + name).entries()) {
                keep(stored.key(), ManifestNode.read(stored));
            }
        }
    }

    /**
     * Returns a root over the records as a transaction leaves them, and adds the nodes that it changes to {@code puts}.
     *
     * @param puts receives the nodes to write, without the root; null removes a node
     */
    ManifestNode change(ManifestNode root, Transaction transaction, Map<String, byte @Nullable []> puts)
            throws StoreException {
        Map<String, byte @Nullable []> inRoot = new HashMap<>();
        Map<String, Map<String, byte @Nullable []>> inBuckets = new TreeMap<>();
        Map<String, byte @Nullable []> records = new HashMap<>();
        transaction.puts().forEach((key, value) -> records.put(key, covers(key) ? digest(key, value) : null));
        transaction.deletes().forEach(key -> records.put(key, null));
        records.forEach((key, digest) -> {
            if (key.equals(CHAIN_HEAD)) {
                inRoot.put(key, digest);
            } else if (covers(key)) {
                inBuckets
                        .computeIfAbsent(bucketKey(key), absent -> new HashMap<>())
                        .put(key, digest);
            }
        });
        Map<String, Map<String, byte @Nullable []>> inRanges = new TreeMap<>();
        for (Map.Entry<String, Map<String, byte @Nullable []>> each : inBuckets.entrySet()) {
            String range = rangeOf(each.getKey());
            ManifestNode before = node(each.getKey(), rangeNode(root, range).get(each.getKey()));
            inRanges.computeIfAbsent(range, absent -> new HashMap<>())
                    .put(each.getKey(), put(each.getKey(), before.with(each.getValue()), puts));
        }
        for (Map.Entry<String, Map<String, byte @Nullable []>> each : inRanges.entrySet()) {
            ManifestNode after = rangeNode(root, each.getKey()).with(each.getValue());
            inRoot.put(RANGE + each.getKey(), put(RANGE + each.getKey(), after, puts));
        }
        return root.with(inRoot);
    }

    private byte @Nullable [] put(String key, ManifestNode node, Map<String, byte @Nullable []> puts) {
        puts.put(key, node.isEmpty() ? null : node.bytes());
        return node.isEmpty() ? null : keep(key, node);
    }

    /**
     * Writes new nodes over all current records and replaces existing ones. The caller writes the root.
     *
     * @param revision of the existing root; 0 for none
     * @return the root, or null if another writer wrote one meanwhile
     */
    @Nullable
    ManifestNode build(long revision) throws StoreException {
        ManifestNode root = ManifestNode.EMPTY;
        Map<String, byte @Nullable []> puts = new TreeMap<>();
        Stored head = store.get(CHAIN_HEAD);
        if (head != null) {
            root = root.with(CHAIN_HEAD, digest(CHAIN_HEAD, head.value()));
        }
        for (String range : RANGES) {
            Map<String, Map<String, byte @Nullable []>> buckets = new TreeMap<>();
            for (Stored record : store.list(range).entries()) {
                buckets.computeIfAbsent(bucketKey(record.key()), absent -> new HashMap<>())
                        .put(record.key(), digest(record.key(), record.value()));
            }
            Map<String, byte @Nullable []> inRange = new HashMap<>();
            for (Map.Entry<String, Map<String, byte @Nullable []>> bucket : buckets.entrySet()) {
                ManifestNode node = ManifestNode.EMPTY.with(bucket.getValue());
                inRange.put(bucket.getKey(), put(bucket.getKey(), node, puts));
            }
            if (!inRange.isEmpty()) {
                String key = RANGE + range;
                root = root.with(key, put(key, ManifestNode.EMPTY.with(inRange), puts));
            }
        }
        return write(puts, revision) ? root : null;
    }

    private boolean write(Map<String, byte @Nullable []> puts, long revision) throws StoreException {
        List<String> keys = List.copyOf(puts.keySet());
        for (int from = 0; from < keys.size(); from += NODES_PER_TRANSACTION) {
            Transaction some = Transaction.EMPTY.expecting(ROOT, revision);
            for (String key : keys.subList(from, Math.min(keys.size(), from + NODES_PER_TRANSACTION))) {
                byte[] value = puts.get(key);
                some = value == null ? some.delete(key) : some.put(key, value);
            }
            if (store.commit(some) instanceof Conflict) {
                return false;
            }
        }
        return true;
    }

    static byte[] digest(String key, byte[] value) {
        return ManifestNode.digest(key, value);
    }

    private ManifestNode bucket(ManifestNode root, String key) throws StoreException {
        String bucket = bucketKey(key);
        return node(bucket, rangeNode(root, rangeOf(bucket)).get(bucket));
    }

    private ManifestNode rangeNode(ManifestNode root, String range) throws StoreException {
        return node(RANGE + range, root.get(RANGE + range));
    }

    private ManifestNode node(String key, byte @Nullable [] digest) throws StoreException {
        if (digest == null) {
            return ManifestNode.EMPTY;
        }
        Known known = nodes.get(key);
        if (known != null && Arrays.equals(known.digest(), digest)) {
            return known.node();
        }
        Stored stored = store.get(key);
        if (stored == null || !Arrays.equals(digest(key, stored.value()), digest)) {
            throw new DamagedEntryException(
                    key,
                    stored == null ? 0 : stored.revision(),
                    key + " is not what the runner wrote last: the records below it are refused",
                    null);
        }
        ManifestNode read = ManifestNode.read(stored);
        nodes.put(key, new Known(digest, read));
        return read;
    }

    private boolean isKnown(String key, byte @Nullable [] digest) {
        Known known = nodes.get(key);
        return known != null && Arrays.equals(known.digest(), digest);
    }

    private byte[] keep(String key, ManifestNode node) {
        byte[] digest = digest(key, node.bytes());
        nodes.put(key, new Known(digest, node));
        return digest;
    }

    private static String bucketKey(String key) {
        String range = RANGES.stream().filter(key::startsWith).findFirst().orElseThrow();
        return BUCKET + range + "%02x".formatted(digest(key, new byte[0])[0]);
    }

    private static String rangeOf(String bucket) {
        return bucket.substring(BUCKET.length(), bucket.lastIndexOf('/') + 1);
    }
}
