package dev.secretproviders.admin.finding;

import java.util.function.Consumer;

/** Finds findings of some kinds. Thread-safe; reads memory only. */
public interface FindingSource {
    /** Passes all current findings to the consumer, in no particular order. */
    void find(Consumer<Finding> found);
}
