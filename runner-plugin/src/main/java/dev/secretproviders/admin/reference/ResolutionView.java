package dev.secretproviders.admin.reference;

import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolvedValue;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What answers say of a resolution, without the value.
 *
 * @param clock tells how old a value is
 */
record ResolutionView(InstantSource clock) {
    /** Adds everything that is known. */
    void describe(ObjectNode node, Resolution resolution) {
        node.put("state", resolution.state().name().toLowerCase(Locale.ROOT));
        if (resolution.problem() != null) {
            node.put("problem", resolution.problem());
        }
        if (resolution.failure() != null) {
            node.put("failure", resolution.failure().name().toLowerCase(Locale.ROOT));
        }
        value(node, resolution);
        if (resolution.current() != null) {
            ArrayNode previous = node.putArray("previous_versions");
            resolution
                    .previousValues()
                    .forEach(value -> previous.add(value.version().name()));
        }
    }

    /** Adds the path and the version of the current value, with its times. */
    void value(ObjectNode node, Resolution resolution) {
        node.put("path", resolution.path());
        ResolvedValue current = resolution.current();
        if (current != null) {
            HeldVersion version = current.version();
            node.put("version", version.name());
            Json.put(node, "version_created_at", version.createdAt());
            Json.put(node, "fetched_at", version.fetchedAt());
            Json.put(node, "verified_at", version.verifiedAt());
            node.put(
                    "age_seconds",
                    Math.max(
                            0,
                            Duration.between(version.verifiedAt(), clock.instant())
                                    .toSeconds()));
            if (!version.validity().isUnlimited()) {
                ValidityView.put(node, "secret_validity", version.validity(), clock);
            }
        }
    }
}
