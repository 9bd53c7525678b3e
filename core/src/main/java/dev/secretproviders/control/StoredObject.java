package dev.secretproviders.control;

import dev.secretproviders.provider.ProviderObject;
import org.jspecify.annotations.Nullable;

/**
 * What the store holds under the identity of a provider object. Immutable.
 *
 * @param object the object; null if there is none, or if its record must not be used
 * @param refused why the record must not be used, or null
 * @param revision the revision of the record; 0 if there is none
 */
public record StoredObject(
        @Nullable ProviderObject object, @Nullable String refused, long revision) {

    /** Returns whether the store holds neither an object nor an unusable record here. */
    public boolean isAbsent() {
        return object == null && refused == null;
    }
}
