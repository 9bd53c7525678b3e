package dev.secretproviders.admin.runner;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.control.Heartbeat;
import dev.secretproviders.control.RunnerHeartbeats;
import dev.secretproviders.control.RunnerHeartbeats.Peer;
import dev.secretproviders.control.RunnerState;
import dev.secretproviders.store.Store;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** The endpoint that lists the runners that share the store. */
public final class RunnerResource implements AdminResource {
    private static final Schema RUNNER = Schema.object()
            .required("id", Schema.text(), "Stands for the machine and the data directory, the same after a restart.")
            .required("node", Schema.text(), "The name of the machine or container.")
            .required("pid", Schema.whole(0), "The number of the process on that machine.")
            .required("self", Schema.flag(), "Whether this runner gives the answer.")
            .required("version", Schema.text(), "The version of the runner.")
            .required("state", Schema.choice("up", "behind", "silent"), "behind: up, but late to hear of changes.")
            .required("started_at", Schema.time(), "When it started.")
            .required("last_seen_at", Schema.time(), "When its last sign of life arrived here.")
            .required(
                    "store",
                    Schema.object()
                            .required(
                                    "revision",
                                    Schema.whole(0).orNull(),
                                    "The revision of the store that it had heard of; null if it shares no store.")
                            .required(
                                    "delay_ms",
                                    Schema.whole(0).unit("milliseconds").orNull(),
                                    "How long the store took to report its last own change; null if not known.")
                            .required(
                                    "behind_seconds",
                                    Schema.whole(0).unit("seconds"),
                                    "For how long it has waited for a report of the store; 0 if it does not wait."),
                    "How far it is behind the store.")
            .required(
                    "source",
                    Schema.object()
                            .required("name", Schema.text(), "The source of its consumers.")
                            .required("heard_at", Schema.time().orNull(), "When the source last answered.")
                            .required("problem", Schema.text().orNull(), "Why it does not answer; null if it does."),
                    "Where its consumers come from.")
            .required("consumers", Schema.whole(0), "How many consumers it knows.")
            .required("keys", Schema.whole(0), "How many keys it accepts.")
            .required("unresolved", Schema.whole(0), "How many credentials it could not resolve yet.")
            .required(
                    "events",
                    Schema.object()
                            .required("followers", Schema.whole(0), "How many companions follow its events.")
                            .required("problem", Schema.text().orNull(), "Why it serves no events; null if it does."),
                    "The event stream of the companion.")
            .required(
                    "last_known_good",
                    Schema.object()
                            .required(
                                    "age_seconds",
                                    Schema.number().unit("seconds").orNull(),
                                    "Time since it was written; null if this process has not written it.")
                            .required("problem", Schema.text().orNull(), "Why it cannot be used; null if it can."),
                    "The file with which the runner starts while a manager is away.");

    private final RunnerHeartbeats heartbeats;
    private final Store store;

    /** Creates the resource. */
    public RunnerResource(RunnerHeartbeats heartbeats, Store store) {
        this.heartbeats = heartbeats;
        this.store = store;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get(
                                "/admin/runners",
                                "listRunners",
                                "Lists the runners that share the store, with version, lag and last sign of life.",
                                Right.PROVIDER_READ,
                                Reach.unlimited(),
                                this::list)
                        .paged()
                        .answering(
                                200,
                                "The runners, the answering one first. A silent one is forgotten after a day.",
                                Schema.page(RUNNER.named("Runner"))
                                        .required(
                                                "store_problem",
                                                Schema.text().orNull(),
                                                "Why this runner cannot use the store now, so that others look silent; or null.")));
    }

    private Answer list(Call call) {
        ObjectNode answer = call.page(heartbeats.all(), RunnerResource::shown);
        answer.put("store_problem", store.status().problem());
        return Answer.ok(answer);
    }

    private static ObjectNode shown(Peer peer) {
        Heartbeat heartbeat = peer.heartbeat();
        RunnerState state = heartbeat.state();
        ObjectNode node = Json.object();
        node.put("id", heartbeat.runner().id());
        node.put("node", heartbeat.runner().node());
        node.put("pid", heartbeat.runner().pid());
        node.put("self", peer.self());
        node.put("version", heartbeat.runner().version());
        node.put("state", peer.silent() ? "silent" : heartbeat.behindSeconds() > 0 ? "behind" : "up");
        Json.put(node, "started_at", heartbeat.runner().startedAt());
        Json.put(node, "last_seen_at", peer.seenAt());
        ObjectNode lag = node.putObject("store");
        lag.put("revision", heartbeat.watched() == 0 ? null : heartbeat.watched());
        lag.put("delay_ms", heartbeat.delayMillis() < 0 ? null : heartbeat.delayMillis());
        lag.put("behind_seconds", heartbeat.behindSeconds());
        ObjectNode source = node.putObject("source");
        source.put("name", state.source());
        Json.put(source, "heard_at", state.sourceHeardAt());
        source.put("problem", state.sourceProblem());
        node.put("consumers", state.consumers());
        node.put("keys", state.keys());
        node.put("unresolved", state.unresolved());
        ObjectNode events = node.putObject("events");
        events.put("followers", state.followers());
        events.put("problem", state.eventProblem());
        ObjectNode good = node.putObject("last_known_good");
        good.put("age_seconds", state.lastKnownGoodAge() < 0 ? null : state.lastKnownGoodAge());
        good.put("problem", state.lastKnownGoodProblem());
        return node;
    }
}
