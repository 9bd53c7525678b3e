package dev.secretproviders.admin.finding;

import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.spi.SecretReference;
import java.util.Map;
import java.util.function.Consumer;

/** Finds findings of some kinds. Thread-safe; reads memory only. */
public interface FindingSource {
    /**
     * Passes all current findings to the consumer, in no particular order.
     *
     * @param resolutions those of all wanted references, read once for all sources
     */
    void find(Map<SecretReference, Resolution> resolutions, Consumer<Finding> found);
}
