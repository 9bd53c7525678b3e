package dev.secretproviders.control;

import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One sign of life of a runner, as the store keeps it. Runners of other versions ignore fields that they do not know.
 *
 * @param at when it was written, by that runner's clock
 * @param beat the number of the sign since its start, from 1
 * @param watched the revision of the store that its watch had reached; 0 if none
 * @param delayMillis how long the store took to report its own last sign to it; -1 if not known
 * @param behindSeconds for how long it has been waiting for a report of its own sign; 0 if it is not waiting
 */
public record Heartbeat(
        RunnerIdentity runner,
        Instant at,
        long beat,
        long watched,
        long delayMillis,
        long behindSeconds,
        RunnerState state) {
    private static final JsonMapper JSON = JsonMapper.shared();

    byte[] stored() {
        ObjectNode node = JSON.createObjectNode();
        node.put("id", runner.id());
        node.put("process", runner.process());
        node.put("node", runner.node());
        node.put("pid", runner.pid());
        node.put("version", runner.version());
        node.put("started_at", runner.startedAt().toString());
        node.put("at", at.toString());
        node.put("beat", beat);
        node.put("watched", watched);
        node.put("delay_ms", delayMillis);
        node.put("behind_seconds", behindSeconds);
        node.put("consumers", state.consumers());
        node.put("keys", state.keys());
        node.put("unresolved", state.unresolved());
        node.put("source", state.source());
        put(node, "source_heard_at", state.sourceHeardAt() == null ? null : String.valueOf(state.sourceHeardAt()));
        put(node, "source_problem", state.sourceProblem());
        node.put("followers", state.followers());
        put(node, "event_problem", state.eventProblem());
        node.put("last_known_good_age", state.lastKnownGoodAge());
        put(node, "last_known_good_problem", state.lastKnownGoodProblem());
        return JSON.writeValueAsBytes(node);
    }

    private static void put(ObjectNode node, String name, @Nullable String value) {
        if (value != null) {
            node.put(name, value);
        }
    }

    /** Reads a sign of life; returns null if it cannot be understood. */
    static @Nullable Heartbeat read(byte[] stored) {
        try {
            JsonNode node = JSON.readTree(stored);
            Instant at = time(node, "at");
            Instant startedAt = time(node, "started_at");
            String id = node.path("id").asString("");
            if (at == null || startedAt == null || id.isEmpty()) {
                return null;
            }
            return new Heartbeat(
                    new RunnerIdentity(
                            id,
                            node.path("process").asString(""),
                            node.path("node").asString(""),
                            node.path("pid").asLong(0),
                            node.path("version").asString(""),
                            startedAt),
                    at,
                    node.path("beat").asLong(0),
                    node.path("watched").asLong(0),
                    node.path("delay_ms").asLong(-1),
                    node.path("behind_seconds").asLong(0),
                    new RunnerState(
                            node.path("consumers").asInt(0),
                            node.path("keys").asInt(0),
                            node.path("unresolved").asInt(0),
                            node.path("source").asString(""),
                            time(node, "source_heard_at"),
                            text(node, "source_problem"),
                            node.path("followers").asLong(0),
                            text(node, "event_problem"),
                            node.path("last_known_good_age").asDouble(-1),
                            text(node, "last_known_good_problem")));
        } catch (JacksonException e) {
            return null;
        }
    }

    private static @Nullable String text(JsonNode node, String name) {
        return node.path(name).isString() ? node.path(name).stringValue() : null;
    }

    private static @Nullable Instant time(JsonNode node, String name) {
        String text = text(node, name);
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }
}
