package dev.secretproviders.admin.rotation;

import dev.secretproviders.admin.rotation.Overlaps.Running;
import dev.secretproviders.admin.rotation.Rotation.Place;
import dev.secretproviders.admin.rotation.VersionUsers.Moved;
import dev.secretproviders.admin.rotation.VersionUsers.User;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The use of previous versions in short.
 *
 * @param secrets how many secrets have a running overlap
 * @param previous how many credentials used the old version last
 * @param both how many used both
 * @param silent how many were not used since their rotation
 * @param nextEnd when the first of the overlaps ends, or null if none runs
 */
public record OverlapSummary(
        int secrets,
        int previous,
        int both,
        int silent,
        @Nullable Instant nextEnd) {

    /** Counts the overlaps of the providers in scope. Reads memory only. */
    public static OverlapSummary of(
            RotationLog log,
            Resolver resolver,
            CredentialDirectory directory,
            Predicate<ProviderId> scope,
            Instant now) {
        Map<Place, Running> running = new Overlaps(resolver).running();
        running.keySet().removeIf(place -> !scope.test(place.provider()));
        Map<Place, Instant> rotated = new HashMap<>();
        for (Rotation rotation : log.all().reversed()) {
            rotated.put(rotation.secret(), rotation.at());
        }
        Map<Place, List<User>> users = new VersionUsers(directory, resolver).of(running.keySet());
        Map<Moved, Integer> counts = new EnumMap<>(Moved.class);
        running.forEach((place, overlap) -> {
            Instant at = rotated.getOrDefault(place, overlap.current().fetchedAt());
            users.getOrDefault(place, List.of()).forEach(user -> counts.merge(user.moved(at), 1, Integer::sum));
        });
        long left = Long.MAX_VALUE;
        for (Running overlap : running.values()) {
            for (HeldVersion version : overlap.previous()) {
                left = Math.min(left, version.usableFor(resolver.ticker().read()));
            }
        }
        return new OverlapSummary(
                running.size(),
                counts.getOrDefault(Moved.PREVIOUS, 0),
                counts.getOrDefault(Moved.BOTH, 0),
                counts.getOrDefault(Moved.SILENT, 0),
                running.isEmpty() ? null : now.plusNanos(left));
    }
}
