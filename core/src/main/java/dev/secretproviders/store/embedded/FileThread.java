package dev.secretproviders.store.embedded;

import dev.secretproviders.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that uses the store's file. An interrupted caller therefore cannot close the file channel that others
 * use. If the file cannot be written (a full disk), it is opened again at the next call. Thread-safe.
 */
final class FileThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileThread.class);

    private final Path path;
    private final ChangeLog log;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("store").factory());
    /** Used by {@link #thread} only; null if it has to be opened. */
    private @Nullable EntryFile file;

    private volatile @Nullable String problem;

    /** @param log is reset to the file's revision whenever the file is opened */
    FileThread(Path path, ChangeLog log) {
        this.path = path;
        this.log = log;
    }

    /** One operation on the file. */
    @FunctionalInterface
    interface Work<T> {
        T with(EntryFile file) throws IOException, StoreException;
    }

    /** Returns why the last operation failed, or null if it did not. */
    @Nullable
    String problem() {
        return problem;
    }

    /** Runs an operation on the thread. Opens the file first if necessary. */
    <T> T run(Work<T> work) throws StoreException {
        Future<T> result;
        try {
            result = thread.submit(() -> withFile(work));
        } catch (RejectedExecutionException e) {
            throw new StoreException("the store is closed", e);
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return result.get();
                } catch (InterruptedException e) {
                    // The operation continues although its caller was interrupted, and its result must be known.
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw e.getCause() instanceof StoreException known
                            ? new StoreException(String.valueOf(known.getMessage()), known)
                            : new StoreException("the store failed: " + e.getCause(), e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private <T> T withFile(Work<T> work) throws StoreException {
        try {
            EntryFile open = file;
            if (open == null) {
                open = EntryFile.open(path);
                file = open;
                log.reset(open.revision());
            }
            T result = work.with(open);
            problem = null;
            return result;
        } catch (StoreException e) {
            problem = e.getMessage();
            throw e;
        } catch (IOException | RuntimeException e) {
            StoreException failure = failed(e);
            problem = failure.getMessage();
            throw failure;
        }
    }

    /** Abandons the file, whose state is now unknown. Opening it again shows whether a transaction was made. */
    private StoreException failed(Exception e) {
        EntryFile open = file;
        file = null;
        if (open != null) {
            open.abandon();
        }
        LOG.error("store: {} failed; it is opened again at the next call", path, e);
        return new StoreException(
                "%s cannot be read or written: %s; look at the disk's space and health".formatted(path, e.getMessage()),
                e);
    }

    /** Closes the file after the operations that were asked for before. */
    @Override
    public void close() {
        try {
            thread.execute(() -> {
                EntryFile open = file;
                if (open != null) {
                    open.close();
                }
                file = null;
            });
            thread.close();
        } catch (RejectedExecutionException e) {
            // The store is already closed.
        }
    }
}
