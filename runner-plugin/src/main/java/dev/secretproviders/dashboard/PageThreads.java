package dev.secretproviders.dashboard;

import dev.secretproviders.system.LowPriority;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Makes pages on threads of low priority, so that requests do not wait for the processor while people click. Thread-safe.
 */
final class PageThreads implements AutoCloseable {
    /** As many as the server has threads, each of which waits for its page. */
    private final ExecutorService threads = Executors.newCachedThreadPool(LowPriority.threads("dashboard-page-"));

    /** Makes a page. */
    interface Page {
        void make() throws ServletException, IOException;
    }

    /** Makes a page and waits for it, even if interrupted: the server uses the request's objects again after that. */
    void make(Page page) throws ServletException, IOException {
        Future<?> made = threads.submit(() -> {
            page.make();
            return null;
        });
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    Object _ = made.get();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case ServletException failure -> throw failure;
                case IOException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new IllegalStateException("a page cannot fail so", e);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
