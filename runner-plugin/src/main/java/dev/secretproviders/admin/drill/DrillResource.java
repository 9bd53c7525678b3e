package dev.secretproviders.admin.drill;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.provider.local.Change;
import dev.secretproviders.provider.local.Expiry;
import dev.secretproviders.provider.local.LocalSecretException;
import dev.secretproviders.provider.local.LocalSecrets;
import dev.secretproviders.spi.Canary;
import dev.secretproviders.spi.Capability;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.StoreException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Rotation drills: how long it takes here until a rotated key works. */
public final class DrillResource implements AdminResource {
    private static final String LOCAL_PATH = "secret-providers-drill";
    private static final Schema BODY = Schema.closed()
            .required("provider", ProvidersInScope.NAME, "manager/id: local, or one whose object names a drill_path.")
            .optional(
                    "refresh",
                    Schema.flag().orNull().fallback(false),
                    "Whether to tell the runner that the secret was rotated, as an event of the manager would.");
    private static final Schema ONE = Schema.keyed(
            Schema.object()
                    .required("id", Schema.text(), "The id of the drill.")
                    .required("provider", Schema.text(), "manager/id.")
                    .required("reference", Schema.text(), "The reference to the canary.")
                    .required("refresh", Schema.flag(), "Whether the runner was told of the rotation.")
                    .required("by", Schema.text(), "The name of the token that began it.")
                    .required("started_at", Schema.time(), "When it began.")
                    .required("state", Schema.choice("running", "done", "failed"), "How far it is.")
                    .optional(
                            "seconds",
                            Schema.number().unit("seconds"),
                            "done: from the manager's confirmation of the write until requests were decided by the new value.")
                    .optional(
                            "previous_accepted",
                            Schema.flag(),
                            "done: whether the previous value was still accepted then.")
                    .optional("problem", Schema.text(), "failed: why.")
                    .named("Drill"),
            "/drills/6f1c1b9e-8f0a-4f0e-9d53-2f6f0c1a7b11");

    private final Drills drills;
    private final LocalSecrets secrets;
    private final ProvidersInScope providers;

    public DrillResource(Drills drills, LocalSecrets secrets, ProvidersInScope providers) {
        this.drills = drills;
        this.secrets = secrets;
        this.providers = providers;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(
                Endpoint.post(
                                "/admin/drill",
                                "drill",
                                "Rotates a canary secret and measures how long it takes until requests are decided by it.",
                                Right.DRILL,
                                Reach.providerOfBody(),
                                this::begin)
                        .taking(BODY)
                        .answering(202, "The drill, which goes on; see GET /admin/drills.", ONE)
                        .answering(409, "There is nothing to drill, or a drill is under way."),
                Endpoint.get(
                                "/admin/drills",
                                "listDrills",
                                "Lists the last drills of this runner, latest first.",
                                Right.REFERENCE_READ,
                                Reach.filtered(),
                                this::list)
                        .paged()
                        .answering(200, "The drills.", Schema.page(ONE)));
    }

    private Answer begin(Call call) {
        ObjectNode body = call.requiredBody();
        ProviderId id = ProvidersInScope.named(Json.text(body, "provider"));
        Registered provider = providers.require(call, id);
        boolean refresh = body.path("refresh").asBoolean(false);
        Canary canary = canary(call, provider);
        if (canary == null) {
            throw new AdminProblemException(
                    409, "the provider '" + id + "' has no drill_path, and nothing else is ever written to a manager");
        }
        return Answer.of(
                202, keyed(drills.begin(provider, canary, refresh, call.caller().actor(), call.requestId())));
    }

    private @Nullable Canary canary(Call call, Registered provider) {
        ProviderId id = provider.provider().id();
        return providers.registry().able(id, Capability.WRITABLE)
                ? new LocalCanary(
                        id.id(), new Change(call.caller().actor(), call.requestId(), null, "for a rotation drill"))
                : provider.provider().canary();
    }

    private Answer list(Call call) {
        return Answer.ok(call.page(
                drills.latest().stream()
                        .filter(drill -> providers.include(
                                call, ProvidersInScope.named(drill.request().provider())))
                        .toList(),
                DrillResource::keyed));
    }

    private static ObjectNode keyed(Drill drill) {
        return Json.keyed("/drills/" + drill.id(), shown(drill));
    }

    private static ObjectNode shown(Drill drill) {
        ObjectNode node = Json.object();
        node.put("id", drill.id());
        node.put("provider", drill.request().provider());
        node.put("reference", drill.request().reference());
        node.put("refresh", drill.request().refreshed());
        node.put("by", drill.request().by());
        Json.put(node, "started_at", drill.request().startedAt());
        node.put("state", drill.state());
        switch (drill.result()) {
            case null -> {}
            case Drill.Measured(var took, var previousAccepted) -> {
                node.put("seconds", took.toMillis() / 1_000.0);
                node.put("previous_accepted", previousAccepted);
            }
            case Drill.Failed(var problem) -> node.put("problem", problem);
        }
        return node;
    }

    /** Local secrets are written by those who own them, with their own audit record. */
    private final class LocalCanary implements Canary {
        private final String provider;
        private final Change change;

        LocalCanary(String provider, Change change) {
            this.provider = provider;
            this.change = change;
        }

        @Override
        public String path() {
            return LOCAL_PATH;
        }

        @Override
        public void write(Secret value) throws ProviderException {
            try {
                secrets.put(provider, LOCAL_PATH, Map.of(FIELD, value), new Expiry.Never(), change);
            } catch (LocalSecretException e) {
                throw new ProviderException(ProviderException.Kind.CONFIGURATION, String.valueOf(e.getMessage()));
            } catch (StoreException e) {
                throw new ProviderException(ProviderException.Kind.UNAVAILABLE, String.valueOf(e.getMessage()));
            }
        }
    }
}
