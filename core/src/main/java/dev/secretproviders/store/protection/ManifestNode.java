package dev.secretproviders.store.protection;

import dev.secretproviders.crypto.Sha256;
import dev.secretproviders.store.DamagedEntryException;
import dev.secretproviders.store.Keys;
import dev.secretproviders.store.Stored;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A node of the manifest: the digests of its children. Immutable; readers must not change the digests.
 *
 * @param counter how many changes the store had; 0 except in the root
 * @param digests the digests, by the key of the record or node
 */
record ManifestNode(long counter, SortedMap<String, byte[]> digests) {
    static final ManifestNode EMPTY = new ManifestNode(0, new TreeMap<>());

    private static final int FORM = 1;
    private static final int DIGEST_BYTES = 32;

    ManifestNode {
        digests = Collections.unmodifiableSortedMap(new TreeMap<>(digests));
    }

    /** Returns the digest of a record or node, over its key and its value. */
    static byte[] digest(String key, byte[] value) {
        return Sha256.of(Keys.utf8(key), value);
    }

    byte @Nullable [] get(String key) {
        return digests.get(key);
    }

    /** Returns this node with other digests; null removes one. */
    ManifestNode with(Map<String, byte @Nullable []> changes) {
        SortedMap<String, byte[]> all = new TreeMap<>(digests);
        changes.forEach((key, digest) -> {
            if (digest == null) {
                all.remove(key);
            } else {
                all.put(key, digest);
            }
        });
        return new ManifestNode(counter, all);
    }

    ManifestNode with(String key, byte @Nullable [] digest) {
        Map<String, byte @Nullable []> one = new HashMap<>();
        one.put(key, digest);
        return with(one);
    }

    ManifestNode at(long newCounter) {
        return new ManifestNode(newCounter, digests);
    }

    boolean isEmpty() {
        return digests.isEmpty();
    }

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(FORM);
            out.writeLong(counter);
            out.writeInt(digests.size());
            for (Map.Entry<String, byte[]> each : digests.entrySet()) {
                out.writeUTF(each.getKey());
                out.write(each.getValue());
            }
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot be written", e);
        }
        return bytes.toByteArray();
    }

    /** Reads what {@link #bytes} wrote; the seal has already authenticated it. */
    static ManifestNode read(Stored stored) throws DamagedEntryException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(stored.value()))) {
            if (in.readByte() != FORM) {
                throw new IOException("it has another format");
            }
            long counter = in.readLong();
            SortedMap<String, byte[]> digests = new TreeMap<>();
            for (int left = in.readInt(); left > 0; left--) {
                digests.put(in.readUTF(), in.readNBytes(DIGEST_BYTES));
            }
            return new ManifestNode(counter, digests);
        } catch (IOException e) {
            throw new DamagedEntryException(
                    stored.key(),
                    stored.revision(),
                    stored.key() + " is not a part of the store's manifest: " + e.getMessage(),
                    e);
        }
    }
}
