package dev.secretproviders.admin.drill;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Fields;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
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
    private static final ObjectNode SCHEMA = Json.parsed("""
            {'type': 'object', 'additionalProperties': false, 'required': ['provider'], 'properties': {
              'provider': {'type': 'string', 'pattern': '^[a-z][a-z0-9_-]{0,63}/[a-zA-Z0-9_.-]{1,256}$',
                'description': 'manager/id: local, or one whose object names a drill_path.'},
              'refresh': {'type': 'boolean', 'default': false,
                'description': 'Whether to tell the runner that the secret was rotated, as an event of the manager would.'}}}""");

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
                        .taking(SCHEMA)
                        .answering(202, "The drill, which goes on; see GET /admin/drills.")
                        .answering(409, "There is nothing to drill, or a drill is under way."),
                Endpoint.get(
                                "/admin/drills",
                                "listDrills",
                                "Lists the last drills of this runner, latest first.",
                                Right.REFERENCE_READ,
                                Reach.filtered(),
                                this::list)
                        .paged());
    }

    private Answer begin(Call call) {
        ObjectNode body = call.requiredBody();
        Fields.known(body, "provider", "refresh");
        ProviderId id = ProvidersInScope.named(Fields.text(body, "provider"));
        Registered provider = providers.require(call, id);
        boolean refresh = Fields.flag(body, "refresh");
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
        return Answer.ok(call.page(drills.latest().stream()
                .filter(drill -> providers.include(
                        call, ProvidersInScope.named(drill.request().provider())))
                .map(DrillResource::keyed)
                .toList()));
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
