package dev.secretproviders.admin;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** What should not be as it is. */
final class FindingsResource implements AdminResource {
    private final Findings findings;

    FindingsResource(Findings findings) {
        this.findings = findings;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(Endpoint.get(
                        "/admin/findings",
                        "listFindings",
                        "Lists secrets that are missing or soon too old, shared, short and old keys, and what in the configuration is wrong.",
                        Right.REFERENCE_READ,
                        this::list)
                .with("kind", "string", "Only findings of this kind, such as shared_key.")
                .paged());
    }

    /** They compare everything with everything, so they are for callers who may see everything. */
    private Answer list(Call call) {
        if (!call.caller().scope().everything()) {
            throw AdminProblemException.forbidden("findings need a token that is not limited to some providers");
        }
        String kind = call.text("kind");
        return Answer.ok(call.page(findings.all().stream()
                .filter(finding -> kind == null || finding.kind().text().equalsIgnoreCase(kind))
                .map(FindingsResource::shown)
                .toList()));
    }

    private static ObjectNode shown(Finding finding) {
        ObjectNode node = Json.object();
        node.put("kind", finding.kind().text());
        finding.subjects().forEach(subject -> node.withArray("subjects").add(subject));
        node.put("message", finding.message());
        return node;
    }
}
