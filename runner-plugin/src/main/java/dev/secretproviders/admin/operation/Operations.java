package dev.secretproviders.admin.operation;

import dev.secretproviders.audit.Actor;
import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What an operator does with the runner as a whole. Calls block for I/O. */
public interface Operations {
    /** Returns how store, keyring and cryptographic module are; no secret. */
    ObjectNode status();

    /**
     * Puts everything under a new master key, while others read and write, and records it.
     *
     * @return the public name of the key, and how many entries were changed
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
     * Gives the space of what was overwritten back to the file system, while others read and write, and records it.
     *
     * @throws RefusedException if the store is compacted by other means; the message says by which
     */
    Compacted compact(Actor actor, @Nullable String requestId) throws StoreException, RefusedException;

    /**
     * Reads the configuration again, puts in force what can change while the runner runs, and records it.
     *
     * @throws RefusedException if the configuration is wrong, with every problem: then nothing is changed
     */
    Reloaded reload(Actor actor, @Nullable String requestId)
            throws StoreException, RefusedException, InterruptedException;

    /**
     * A reading of the configuration.
     *
     * @param applied what changed and is in force now: providers, and {@code logging.level}
     * @param needRestart fields that changed, and are in force after a restart only
     */
    record Reloaded(List<String> applied, List<String> needRestart) {
        public Reloaded {
            applied = List.copyOf(applied);
            needRestart = List.copyOf(needRestart);
        }
    }

    /**
     * A compaction.
     *
     * @param before size of the store before it, in bytes
     * @param after size of the store after it, in bytes
     */
    record Compacted(long before, long after) {}

    /** A change of the master key. */
    record Rekeyed(String key, int entries) {}

    /** A backup that is about to be written. */
    @FunctionalInterface
    interface Backup {
        void to(OutputStream out) throws IOException, StoreException;
    }

    /** The operation is not possible here. The message may be shown. */
    final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        /** Creates an exception. */
        public RefusedException(String message) {
            super(message);
        }
    }
}
