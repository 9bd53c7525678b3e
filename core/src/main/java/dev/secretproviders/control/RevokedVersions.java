package dev.secretproviders.control;

import dev.secretproviders.resolve.DeniedVersions;
import dev.secretproviders.spi.ProviderId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All revocations in force at one moment. Immutable. */
final class RevokedVersions implements DeniedVersions {
    static final RevokedVersions NONE = new RevokedVersions(List.of());

    private record Place(ProviderId provider, String path) {}

    private final Map<Place, List<Revocation>> revocations = new HashMap<>();
    /** A key of what cannot be read, by the provider that it is about; null for any provider. */
    private final Map<@Nullable ProviderId, String> unreadable = new HashMap<>();

    RevokedVersions(Collection<Revocation> all) {
        this(all, List.of());
    }

    /** @param unreadable keys of revocations that cannot be read: each denies all secrets of its provider */
    RevokedVersions(Collection<Revocation> all, Collection<String> unreadable) {
        unreadable.forEach(key -> this.unreadable.put(Revocation.provider(key), key));
        all.forEach(revocation -> revocations
                .computeIfAbsent(new Place(revocation.provider(), revocation.path()), absent -> new ArrayList<>())
                .add(revocation));
    }

    @Override
    public @Nullable String reason(ProviderId provider, String path, String version) {
        Revocation denial = of(provider, path, version);
        return denial == null ? null : denial.problem();
    }

    /** Returns what denies a version, or null if nothing does. */
    @Nullable
    Revocation of(ProviderId provider, String path, String version) {
        String key = unreadable.isEmpty() ? null : unreadable.getOrDefault(provider, unreadable.get(null));
        if (key != null) {
            return Revocation.unreadable(provider, path, key);
        }
        for (Revocation revocation : revocations.getOrDefault(new Place(provider, path), List.of())) {
            if (revocation.denies(version)) {
                return revocation;
            }
        }
        return null;
    }
}
