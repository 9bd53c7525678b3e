package dev.secretproviders.admin;

import dev.secretproviders.admin.Findings.Finding;
import dev.secretproviders.reference.InvalidReferenceException;
import dev.secretproviders.reference.SecretReference;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** What works, but should not be as it is. */
final class FindingsResource implements AdminResource {
    private static final String PROVIDERS = "providers/";

    private final Findings findings;
    private final ProvidersInScope providers;

    FindingsResource(Findings findings, ProvidersInScope providers) {
        this.findings = findings;
        this.providers = providers;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(Endpoint.get(
                        "/admin/findings",
                        "listFindings",
                        "Lists shared, short and old keys, and routes that authentication does not cover.",
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

    /** A limited caller sees a finding if all that it is about are providers and references in its scope. */
    private boolean visible(Call call, Finding finding) {
        return call.caller().scope().everything()
                || finding.subjects().stream().allMatch(subject -> inScope(call, subject));
    }

    private boolean inScope(Call call, String subject) {
        try {
            if (SecretReference.isReference(subject)) {
                return providers.include(call, SecretReference.parse(subject).provider());
            }
            return subject.startsWith(PROVIDERS)
                    && providers.include(call, ProvidersInScope.named(subject.substring(PROVIDERS.length())));
        } catch (InvalidReferenceException | AdminProblemException e) {
            return false;
        }
    }

    private static ObjectNode shown(Finding finding) {
        ObjectNode node = Json.object();
        node.put("kind", finding.kind().text());
        finding.subjects().forEach(subject -> node.withArray("subjects").add(subject));
        node.put("message", finding.message());
        return node;
    }
}
