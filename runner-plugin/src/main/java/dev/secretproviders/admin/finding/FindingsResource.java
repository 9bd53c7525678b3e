package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** What should not be as it is. */
public final class FindingsResource implements AdminResource {
    private final Findings findings;
    private final ProvidersInScope providers;

    public FindingsResource(Findings findings, ProvidersInScope providers) {
        this.findings = findings;
        this.providers = providers;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(Endpoint.get(
                        "/admin/findings",
                        "listFindings",
                        "Lists secrets that are missing or soon too old, shared, short and old keys, and what in the configuration is wrong.",
                        Right.REFERENCE_READ,
                        Reach.filtered(),
                        this::list)
                .with("kind", "string", "Only findings of this kind, such as shared_key.")
                .paged());
    }

    private Answer list(Call call) {
        String kind = call.text("kind");
        return Answer.ok(call.page(findings.all().stream()
                .filter(finding -> visible(call, finding))
                .filter(finding -> kind == null || finding.kind().text().equalsIgnoreCase(kind))
                .map(FindingsResource::shown)
                .toList()));
    }

    /** A limited caller sees a finding if all providers that it is about are in scope; some concern none, or no provider alone. */
    private boolean visible(Call call, Finding finding) {
        return call.caller().scope().everything()
                || (!finding.providers().isEmpty()
                        && finding.providers().stream().allMatch(id -> providers.include(call, id)));
    }

    private static ObjectNode shown(Finding finding) {
        ObjectNode node = Json.object();
        node.put("kind", finding.kind().text());
        finding.subjects().forEach(subject -> node.withArray("subjects").add(subject));
        node.put("message", finding.message());
        return node;
    }
}
