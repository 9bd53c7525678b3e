package dev.secretproviders.admin.operation;

import dev.secretproviders.audit.Actor;
import dev.secretproviders.crypto.FipsModule;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Operations on the runner as a whole. Calls block for I/O. */
public interface Operations {
    /** Returns the status of store, keyring and cryptographic module. Contains no secret. */
    Status status();

    /**
     * Reseals everything under a new master key, while others read and write, and records it.
     *
     * @return the public name of the key, and the number of entries that were resealed
     * @throws RefusedException if the keyring cannot be changed from here; the message says what to do
     */
    Rekeyed rekey(Actor actor, @Nullable String requestId) throws StoreException, RefusedException;

    /**
     * Writes a backup of the store; what is sealed in it stays sealed.
     *
     * @throws RefusedException if the store is backed up by other means; the message says by which
     */
    Backup backup(Actor actor, @Nullable String requestId) throws StoreException, RefusedException;

    /**
     * Returns the space of overwritten records to the file system, while others read and write, and records it.
     *
     * @throws RefusedException if the store is compacted by other means; the message says by which
     */
    Compacted compact(Actor actor, @Nullable String requestId) throws StoreException, RefusedException;

    /**
     * Reads the configuration again, applies what can change while the runner runs, and records it.
     *
     * @throws RefusedException if the configuration is invalid; the message lists every problem, and nothing is changed
     */
    Reloaded reload(Actor actor, @Nullable String requestId)
            throws StoreException, RefusedException, InterruptedException;

    /** Returns whether a rekey, a backup or a compaction is under way. No I/O. */
    boolean underWay();

    /**
     * The status of the parts that everything else depends on. Contains no secret.
     *
     * @param version the version of the runner
     * @param dropped how many audit records could not be written since the start
     */
    record Status(String version, FipsModule fips, Store.Status store, Keyring keyring, long dropped) {}

    /**
     * The master keys.
     *
     * @param place where they come from
     * @param current the public name of the key that seals
     * @param keys the public names of all keys
     */
    record Keyring(String place, String current, List<String> keys) {
        public Keyring {
            keys = List.copyOf(keys);
        }
    }

    /**
     * The result of reading the configuration again.
     *
     * @param applied what changed and is in force now: providers, and {@code logging.level}
     * @param needRestart fields that changed and take effect only after a restart
     */
    record Reloaded(List<String> applied, List<String> needRestart) {
        public Reloaded {
            applied = List.copyOf(applied);
            needRestart = List.copyOf(needRestart);
        }
    }

    /**
     * The result of a compaction.
     *
     * @param before size of the store before it, in bytes
     * @param after size of the store after it, in bytes
     */
    record Compacted(long before, long after) {}

    /** The result of a change of the master key. */
    record Rekeyed(String key, int entries) {}

    /** A backup that is about to be written. */
    @FunctionalInterface
    interface Backup {
        void to(OutputStream out) throws IOException, StoreException;
    }

    /** Thrown if the operation is not possible here. The message may be shown. */
    final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        /** Creates an exception. */
        public RefusedException(String message) {
            super(message);
        }
    }
}
