package dev.secretproviders.admin.rotation;

import dev.secretproviders.admin.rotation.Rotation.Place;
import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.auth.usage.PreviousUses;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.SecretReference;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The credentials that use secrets with a running overlap, and the version that each used last on this runner.
 * Thread-safe; reads memory only.
 */
final class VersionUsers {
    private final CredentialDirectory directory;
    private final Resolver resolver;

    /** Whether a credential uses the new version. In the order in which an operator has to look at them. */
    enum Moved {
        /** Its last use was with a previous version. */
        PREVIOUS,
        /** It used a previous version after the rotation, and the new one later. Some clients may not have moved. */
        BOTH,
        /** It was not used since the rotation. */
        SILENT,
        /** It used only the new version since the rotation. */
        MOVED
    }

    /**
     * A credential and its uses.
     *
     * @param lastUsed its last use with any version, or null if there was none since this runner started
     * @param previous its uses with versions before the current one, or null for none
     */
    record User(
            CredentialName name,
            @Nullable Instant lastUsed,
            @Nullable PreviousUses previous) {
        /** Returns whether it uses the new version, after a rotation at this time. */
        Moved moved(Instant rotated) {
            // The times of uses are right to a second. What is not certain does not count as moved.
            Instant from = rotated.truncatedTo(ChronoUnit.SECONDS);
            if (lastUsed != null && previous != null && !previous.last().isBefore(from.minusSeconds(1))) {
                return previous.last().isBefore(lastUsed) ? Moved.BOTH : Moved.PREVIOUS;
            }
            return lastUsed != null && lastUsed.isAfter(from.plusSeconds(1)) ? Moved.MOVED : Moved.SILENT;
        }
    }

    VersionUsers(CredentialDirectory directory, Resolver resolver) {
        this.directory = directory;
        this.resolver = resolver;
    }

    /** Returns the credentials of each of these secrets, by name. */
    Map<Place, List<User>> of(Collection<Place> secrets) {
        Map<Place, List<User>> users = new HashMap<>();
        secrets.forEach(secret -> users.put(secret, new ArrayList<>()));
        if (users.isEmpty()) {
            return users;
        }
        Map<SecretReference, Place> places = new HashMap<>();
        for (Resolution resolution : resolver.resolutions()) {
            String path = resolution.path();
            if (path != null && users.containsKey(Place.of(resolution.reference(), path))) {
                places.put(resolution.reference(), Place.of(resolution.reference(), path));
            }
        }
        Map<CredentialName, Instant> lastUses = directory.lastUses();
        Map<CredentialName, PreviousUses> previousUses = directory.previousUses();
        for (Consumer consumer : directory.consumers().consumers().values()) {
            for (Credential credential : consumer.credentials()) {
                Set<Place> of = new HashSet<>();
                credential.references().forEach(reference -> of.add(places.get(reference)));
                for (Place place : of) {
                    List<User> list = users.get(place);
                    if (list != null && directory.mayUse(consumer, credential)) {
                        CredentialName name = CredentialName.of(consumer, credential);
                        list.add(new User(name, lastUses.get(name), previousUses.get(name)));
                    }
                }
            }
        }
        users.values()
                .forEach(list -> list.sort(Comparator.comparing(
                        user -> user.name().username() + "/" + user.name().id())));
        return users;
    }
}
