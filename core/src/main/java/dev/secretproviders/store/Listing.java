package dev.secretproviders.store;

import java.util.List;

/**
 * Entries read at one revision.
 *
 * @param entries in the order asked for
 * @param damaged keys of entries that are present but cannot be read, because something other than the runner changed
 *     them
 * @param revision the store's revision at that moment
 */
public record Listing(List<Stored> entries, List<String> damaged, long revision) {
    public Listing {
        entries = List.copyOf(entries);
        damaged = List.copyOf(damaged);
    }
}
