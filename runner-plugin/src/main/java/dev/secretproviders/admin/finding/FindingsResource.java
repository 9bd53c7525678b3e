package dev.secretproviders.admin.finding;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Schema;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** The endpoint that lists findings. */
public final class FindingsResource implements AdminResource {
    private static final Schema PAGE = Schema.page(Schema.object()
            .required("kind", Schema.choice(Finding.Kind.class), "The kind of the finding; names are stable.")
            .required(
                    "subjects",
                    Schema.list(Schema.text()),
                    "What it is about, such as consumers/jack, providers/vault/prod or a reference.")
            .required("message", Schema.text(), "What is wrong and how to fix it.")
            .named("Finding"));

    private final Findings findings;
    private final ProvidersInScope providers;

    /** Creates the resource. */
    public FindingsResource(Findings findings, ProvidersInScope providers) {
        this.findings = findings;
        this.providers = providers;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(Endpoint.get(
                        "/admin/findings",
                        "listFindings",
                        "Lists missing and soon stale secrets, shared, short and old keys, and configuration problems.",
                        Right.REFERENCE_READ,
                        Reach.filtered(),
                        this::list)
                .with("kind", "string", "Only findings of this kind, such as shared_key.")
                .paged()
                .answering(200, "The findings.", PAGE));
    }

    private Answer list(Call call) {
        String kind = call.text("kind");
        return Answer.ok(call.page(findings.all().stream()
                .filter(finding -> visible(call, finding))
                .filter(finding -> kind == null || finding.kind().text().equalsIgnoreCase(kind))
                .map(FindingsResource::shown)
                .toList()));
    }

    /** Returns whether the caller sees a finding. A limited caller sees it if its providers are all in scope. */
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
