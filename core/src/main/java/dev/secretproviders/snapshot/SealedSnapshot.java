package dev.secretproviders.snapshot;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.crypto.UnsealException;
import dev.secretproviders.snapshot.Snapshot.SavedProvider;
import dev.secretproviders.spi.ProviderId;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads and writes a {@link Snapshot} in its file, under a master key. Only {@link #isUnderAnotherKey} is thread-safe.
 */
final class SealedSnapshot {
    private static final Logger LOG = LoggerFactory.getLogger(SealedSnapshot.class);
    private static final String LABEL = "last-known-good";
    private static final String BEFORE_THE_CURRENT = "";

    private final SnapshotFile file;
    private final Sealer sealer;
    /** Name of the file's master key, as far as this process knows. */
    private volatile @Nullable String under;

    SealedSnapshot(SnapshotFile file, Sealer sealer) {
        this.file = file;
        this.sealer = sealer;
    }

    /**
     * Opens the file.
     *
     * @return its content, or null if there is no file
     * @throws UnsealException if the file was changed, or its master key is not known
     * @throws IOException if the file cannot be read, or was not written by {@link #write}
     */
    @Nullable
    Snapshot open() throws IOException, UnsealException {
        byte[] sealed = file.read();
        if (sealed == null) {
            return null;
        }
        byte[] plain = sealer.open(LABEL, sealed);
        try {
            Snapshot snapshot = SnapshotFormat.read(plain);
            under = sealer.current(sealed) ? sealer.currentKey() : BEFORE_THE_CURRENT;
            return snapshot;
        } finally {
            Arrays.fill(plain, (byte) 0);
        }
    }

    /** Replaces the content of the file. */
    void write(Instant now, KeyDigester digester, Map<ProviderId, SavedProvider> providers) throws IOException {
        Snapshot.Boot boot = Snapshot.Boot.read();
        byte[] plain;
        try (Snapshot snapshot = new Snapshot(now, boot.id(), boot.uptime(), digester.key(), providers)) {
            plain = SnapshotFormat.write(snapshot);
        }
        try {
            String key = sealer.currentKey();
            file.replace(sealer.seal(LABEL, plain));
            under = key;
        } finally {
            Arrays.fill(plain, (byte) 0);
        }
    }

    /** Returns whether another runner or a command has changed the master key since the file was read or written. */
    boolean isUnderAnotherKey() {
        String known = under;
        return known != null && !known.equals(sealer.currentKey());
    }

    /**
     * Reseals the file under the current master key, so that the previous key is no longer needed.
     *
     * @throws IOException if the file can be neither resealed nor deleted; the message names the remedy
     */
    void rewrap() throws IOException {
        String key = sealer.currentKey();
        try {
            byte[] sealed = file.read();
            if (sealed != null && !sealer.current(sealed)) {
                file.replace(sealer.rewrap(LABEL, sealed));
            }
        } catch (UnsealException | RefusedSnapshotException e) {
            LOG.warn("last-known-good stays as it is, and will be refused: {}", e.getMessage());
        } catch (IOException e) {
            deleteInstead(e);
        }
        under = key;
    }

    private void deleteInstead(IOException cause) throws IOException {
        try {
            if (file.delete()) {
                LOG.error("last-known-good: {} was deleted, because it cannot be put under the new key", file);
            }
        } catch (IOException stays) {
            stays.addSuppressed(cause);
            throw new IOException(
                    "last-known-good can neither be put under the new master key nor deleted; delete " + file, stays);
        }
    }
}
