package dev.secretproviders.resolve;

import dev.secretproviders.reference.ProviderId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All revocations in force at one moment. Immutable. */
final class RevokedVersions {
    static final RevokedVersions NONE = new RevokedVersions(List.of());

    private record Place(ProviderId provider, String path) {}

    private final Map<Place, List<Revocation>> revocations = new HashMap<>();

    RevokedVersions(Collection<Revocation> all) {
        all.forEach(revocation -> revocations
                .computeIfAbsent(new Place(revocation.provider(), revocation.path()), absent -> new ArrayList<>())
                .add(revocation));
    }

    /** Returns what denies a version, or null if nothing does. */
    @Nullable
    Revocation of(ProviderId provider, String path, String version) {
        for (Revocation revocation : revocations.getOrDefault(new Place(provider, path), List.of())) {
            if (revocation.denies(version)) {
                return revocation;
            }
        }
        return null;
    }
}
