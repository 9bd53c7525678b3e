package dev.secretproviders.inject;

import java.util.Set;

/** Learns which values for upstreams changed or ended. */
@FunctionalInterface
public interface InjectListener {
    /**
     * Called after the values changed, on the thread that changed them. Returns soon.
     *
     * @param names the names of the values, as in {@link InjectAnswer.Known}
     */
    void changed(Set<String> names);
}
