package dev.secretproviders.admin.finding;

import java.util.function.Consumer;

/** Looks for findings of some kinds. Thread-safe; answers from memory. */
interface FindingSource {
    /** Hands over all that there are now, in no order. */
    void find(Consumer<Finding> found);
}
