package dev.secretproviders.admin.overview;

import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The secrets in use whose current version is the oldest, as far as their managers say when it was created. */
final class OldestSecrets {
    private static final int MOST = 5;

    private OldestSecrets() {}

    private record Secret(String provider, String path, HeldVersion version, Instant createdAt) {}

    static void addTo(ArrayNode list, List<Resolution> resolutions, Instant now) {
        Map<String, Secret> secrets = new HashMap<>();
        for (Resolution resolution : resolutions) {
            ResolvedValue current = resolution.current();
            String path = resolution.path();
            Instant created = current == null ? null : current.version().createdAt();
            if (current != null && path != null && created != null) {
                String provider = resolution.reference().provider().toString();
                secrets.putIfAbsent(provider + "/" + path, new Secret(provider, path, current.version(), created));
            }
        }
        secrets.values().stream()
                .sorted(Comparator.comparing(Secret::createdAt)
                        .thenComparing(Secret::provider)
                        .thenComparing(Secret::path))
                .limit(MOST)
                .forEach(secret -> {
                    ObjectNode node = list.addObject();
                    node.put("provider", secret.provider());
                    node.put("path", secret.path());
                    node.put("version", secret.version().name());
                    Json.put(node, "created_at", secret.createdAt());
                    node.put(
                            "age_days",
                            Math.max(
                                    0, Duration.between(secret.createdAt(), now).toDays()));
                });
    }
}
