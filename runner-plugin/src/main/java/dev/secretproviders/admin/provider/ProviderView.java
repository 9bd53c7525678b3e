package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.rest.AdminProblemException;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.ProviderId;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What the Admin API shows of a provider: its object with secrets masked, and its status. From memory. */
final class ProviderView {
    /** What {@link #shown} adds to the fields of the object. */
    private static final List<String> BESIDE_THE_FIELDS =
            List.of("id", "manager", "origin", "created_at", "updated_at");

    private final ProviderObjects objects;
    private final Resolver resolver;

    ProviderView(ProviderObjects objects, Resolver resolver) {
        this.objects = objects;
        this.resolver = resolver;
    }

    /**
     * Returns the fields of a provider, secrets masked.
     *
     * @param object null for one of the configuration file
     */
    ObjectNode shown(ProviderId id, @Nullable ProviderObject object) {
        ObjectNode node = Json.object();
        node.put("id", id.id());
        node.put("manager", id.manager());
        node.put("origin", object == null ? "file" : "store");
        if (object != null) {
            object.masked(objects.registry().descriptor(id.manager())).forEachEntry(node::set);
            Json.put(node, "created_at", object.createdAt());
            Json.put(node, "updated_at", object.updatedAt());
        }
        return node;
    }

    /** Returns what is shown in the form of all answers, under its key. */
    static ObjectNode keyed(ProviderId id, ObjectNode shown) {
        return Json.keyed("/providers/" + id, shown);
    }

    /** Returns the name of a provider's state; that of a provider without a status is invalid. */
    static String state(@Nullable ProviderStatus status) {
        return status == null ? "invalid" : status.state().name().toLowerCase(Locale.ROOT);
    }

    /** Returns its health and statistics. */
    ObjectNode status(ProviderId id) {
        ObjectNode node = Json.object();
        ProviderStatus status = resolver.status(id);
        String problem = objects.problems().get(id);
        node.put("state", state(status));
        if (status != null) {
            node.put("secrets", status.secrets());
            node.put("breaker", status.breaker().name().toLowerCase(Locale.ROOT));
            if (status.paused().isPositive()) {
                node.put("asked_again_in_ms", status.paused().toMillis());
            }
            ProviderStatus.Budget budget = status.budget();
            node.putObject("budget")
                    .put("fetches_per_minute", budget.perMinute())
                    .put("sent_last_minute", budget.lastMinute())
                    .put("sent_total", budget.total())
                    .put("effective_ttl_ms", budget.effectiveTtl().toMillis())
                    .put("sufficient", budget.sufficient());
            Json.put(node, "last_success", status.lastSuccess());
            Json.put(node, "last_failure", status.lastFailure());
            node.put(
                    "last_error_kind",
                    status.failure() == null ? null : status.failure().name().toLowerCase(Locale.ROOT));
            node.put("last_error", status.error());
            if (status.latency() != null) {
                node.put("latency_ms", status.latency().toNanos() / 1e6);
            }
        }
        if (problem != null) {
            node.put("problem", problem);
        }
        warnings(id, node);
        return node;
    }

    /** Adds the warnings about a provider, if there are any. */
    void warnings(ProviderId id, ObjectNode node) {
        Registered registered = objects.registry().get(id);
        List<String> warnings = registered == null ? List.of() : registered.warnings();
        if (!warnings.isEmpty()) {
            warnings.forEach(node.putArray("warnings")::add);
        }
    }

    /** Returns the fields of an answer that is written back, without what the answer adds to the object. */
    ObjectNode fields(ProviderId id, ObjectNode body) {
        ObjectNode fields = body.deepCopy();
        Set<String> own = objects.registry().descriptor(id.manager()).fields().stream()
                .map(Field::name)
                .collect(Collectors.toSet());
        for (String name : BESIDE_THE_FIELDS) {
            String said = own.contains(name) ? null : Json.text(body, name);
            if (said != null) {
                boolean another = (name.equals("id") && !said.equals(id.id()))
                        || (name.equals("manager") && !said.equals(id.manager()));
                if (another) {
                    throw AdminProblemException.badRequest(name + ": is not that of the path");
                }
                fields.remove(name);
            }
        }
        return fields;
    }
}
