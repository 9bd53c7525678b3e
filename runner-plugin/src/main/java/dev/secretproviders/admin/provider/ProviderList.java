package dev.secretproviders.admin.provider;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.access.Scope;
import dev.secretproviders.admin.reference.ReferenceStates;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Orders;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Search;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.resolve.ProviderStatus;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The list of provider objects. A row is found and sorted by what is in memory anyway; only the objects of one page are masked and
 * rendered.
 */
final class ProviderList {
    private static final Orders<Row> ORDERS = Orders.<Row>of()
            .by("name", row -> row.id().toString())
            .by("state", Row::state)
            .by("references", Row::references)
            .by("last_success", Row::lastSuccess);

    private final ProviderView view;
    private final ProviderObjects objects;
    private final ProvidersInScope providers;
    private final ReferenceStates references;
    private final Resolver resolver;

    /** A row of the list. */
    private record Row(
            ProviderId id,
            @Nullable ProviderObject object,
            @Nullable ProviderStatus status,
            int references) {
        String state() {
            return ProviderView.state(status);
        }

        @Nullable
        Instant lastSuccess() {
            return status == null ? null : status.lastSuccess();
        }
    }

    ProviderList(
            ProviderView view,
            ProviderObjects objects,
            ProvidersInScope providers,
            ReferenceStates references,
            Resolver resolver) {
        this.view = view;
        this.objects = objects;
        this.providers = providers;
        this.references = references;
        this.resolver = resolver;
    }

    Endpoint endpoint() {
        return Endpoint.get(
                        "/admin/providers",
                        "listProviders",
                        "Lists provider objects.",
                        Right.PROVIDER_READ,
                        Reach.filtered(),
                        this::list)
                .with("manager", "string", "Only those of this manager.")
                .with("label", "string", "Only those with this label, as name or name:value.")
                .with("state", ProviderAnswers.STATES, "Only those in this state.")
                .searched("identity or desc")
                .sorted(ORDERS)
                .paged()
                .answering(200, "Provider objects with their status.", ProviderAnswers.PAGE);
    }

    private Answer list(Call call) {
        String state = call.oneOf("state", ProviderAnswers.STATES.choices());
        TreeSet<ProviderId> ids = new TreeSet<>(objects.problems().keySet());
        objects.registry().all().forEach(known -> ids.add(known.provider().id()));
        Map<ProviderId, ProviderStatus> statuses = resolver.statuses();
        Map<ProviderId, Integer> counts = references.counts();
        List<Row> rows = new ArrayList<>();
        for (ProviderId id : ids) {
            Row row = new Row(id, objects.get(id), statuses.get(id), counts.getOrDefault(id, 0));
            if ((state == null || row.state().equals(state)) && wanted(call, row) && providers.include(call, id)) {
                rows.add(row);
            }
        }
        return Answer.ok(ORDERS.page(call, rows, this::shown));
    }

    private static boolean wanted(Call call, Row row) {
        String manager = call.text("manager");
        String label = call.text("label");
        Search search = call.search();
        ProviderObject object = row.object();
        return (manager == null || row.id().manager().equals(manager))
                && (search.matches(row.id().toString()) || (object != null && search.matches(object.description())))
                && (label == null || (object != null && hasLabel(object, label)));
    }

    private static boolean hasLabel(ProviderObject object, String wanted) {
        Map<String, String> labels = Scope.labels(object.labels());
        int colon = wanted.indexOf(':');
        return colon < 0
                ? labels.containsKey(wanted)
                : wanted.substring(colon + 1).equals(labels.get(wanted.substring(0, colon)));
    }

    private ObjectNode shown(Row row) {
        ObjectNode keyed = ProviderView.keyed(row.id(), view.shown(row.id(), row.object()));
        keyed.set("status", view.status(row.id()));
        keyed.put("references", row.references());
        return keyed;
    }
}
