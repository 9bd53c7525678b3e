package dev.secretproviders.admin.overview;

import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.spi.ProviderId;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.TreeSet;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The secrets in use whose current version is the oldest, as far as their managers say when it was created. Not thread-safe. */
final class OldestSecrets {
    private static final int MOST = 5;

    private static final Comparator<Secret> OLDEST_FIRST = Comparator.comparing(Secret::createdAt)
            .thenComparing(Secret::provider)
            .thenComparing(Secret::path);

    /** At most {@value #MOST}, each with its oldest version in use. */
    private final TreeSet<Secret> oldest = new TreeSet<>(OLDEST_FIRST);

    private record Secret(ProviderId provider, String path, HeldVersion version, Instant createdAt) {
        boolean isOf(Secret other) {
            return provider.equals(other.provider) && path.equals(other.path);
        }
    }

    /** Adds the secret that a reference stands for. */
    void add(Resolution resolution) {
        ResolvedValue current = resolution.current();
        String path = resolution.path();
        Instant created = current == null ? null : current.version().createdAt();
        if (current == null || path == null || created == null) {
            return;
        }
        Secret secret = new Secret(resolution.reference().provider(), path, current.version(), created);
        if (oldest.size() == MOST && OLDEST_FIRST.compare(secret, oldest.last()) >= 0) {
            return;
        }
        Secret known = oldest.stream().filter(secret::isOf).findFirst().orElse(null);
        if (known == null || OLDEST_FIRST.compare(secret, known) < 0) {
            if (known != null) {
                oldest.remove(known);
            } else if (oldest.size() == MOST) {
                oldest.removeLast();
            }
            oldest.add(secret);
        }
    }

    void addTo(ArrayNode list, Instant now) {
        for (Secret secret : oldest) {
            ObjectNode node = list.addObject();
            node.put("provider", secret.provider().toString());
            node.put("path", secret.path());
            node.put("version", secret.version().name());
            Json.put(node, "created_at", secret.createdAt());
            node.put(
                    "age_days",
                    Math.max(0, Duration.between(secret.createdAt(), now).toDays()));
        }
    }
}
