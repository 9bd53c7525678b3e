package dev.secretproviders.admin.reference;

import dev.secretproviders.admin.access.Right;
import dev.secretproviders.admin.rest.AdminResource;
import dev.secretproviders.admin.rest.Answer;
import dev.secretproviders.admin.rest.Call;
import dev.secretproviders.admin.rest.Endpoint;
import dev.secretproviders.admin.rest.Json;
import dev.secretproviders.admin.rest.ProvidersInScope;
import dev.secretproviders.admin.rest.Reach;
import dev.secretproviders.admin.rest.Search;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.provider.local.LocalSecretException;
import dev.secretproviders.provider.local.LocalSecrets;
import dev.secretproviders.provider.local.SecretMetadata;
import dev.secretproviders.reference.template.WrittenReference;
import dev.secretproviders.spi.Capability;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.StoreException;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.node.ObjectNode;

/**
 * What nothing refers to: providers, and secrets of {@code local} providers. Other managers also keep secrets of other
 * users, which the runner must not list.
 */
public final class UnusedResource implements AdminResource {
    private final ReferenceStates references;
    private final LocalSecrets secrets;
    private final ProvidersInScope providers;

    public UnusedResource(ReferenceStates references, LocalSecrets secrets, ProvidersInScope providers) {
        this.references = references;
        this.secrets = secrets;
        this.providers = providers;
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of(Endpoint.get(
                        "/admin/unused",
                        "listUnused",
                        "Lists providers and local secrets that nothing refers to.",
                        Right.REFERENCE_READ,
                        Reach.filtered(),
                        this::unused)
                .searched("name")
                .paged()
                .answering(200, "Providers and local secrets.", ReferenceAnswers.UNUSED));
    }

    private Answer unused(Call call) throws StoreException {
        Set<ProviderId> usedProviders = new HashSet<>();
        // As local/<id>/<path>: without the field, which is the last segment.
        Set<String> usedSecrets = new HashSet<>();
        references.usages().stream()
                .filter(usage -> usage.reference() != null)
                .map(usage -> Objects.requireNonNull(usage.reference()))
                .forEach(reference -> {
                    usedProviders.add(reference.provider());
                    usedSecrets.add(secretOf(reference));
                });
        List<String> perConsumer =
                usedSecrets.stream().filter(WrittenReference::perConsumer).toList();
        Search search = call.search();
        Set<String> unusedProviders = new TreeSet<>();
        Set<String> unusedSecrets = new TreeSet<>();
        for (Registered registered : providers.all(call)) {
            ProviderId id = registered.provider().id();
            if (!usedProviders.contains(id) && !id.equals(ProviderId.ENVIRONMENT) && search.matches(id.toString())) {
                unusedProviders.add(id.toString());
            }
            if (providers.registry().able(id, Capability.ENUMERABLE)) {
                secretsOf(id).stream()
                        .map(secret -> id + "/" + secret.path())
                        .filter(name -> !usedSecrets.contains(name)
                                && perConsumer.stream().noneMatch(used -> WrittenReference.mayMean(used, name))
                                && search.matches(name))
                        .forEach(unusedSecrets::add);
            }
        }
        ObjectNode node = Json.object();
        node.put("total_providers", unusedProviders.size());
        node.put("total_secrets", unusedSecrets.size());
        call.slice(List.copyOf(unusedProviders)).forEach(node.putArray("providers")::add);
        call.slice(List.copyOf(unusedSecrets)).forEach(node.putArray("secrets")::add);
        return Answer.ok(node);
    }

    private static String secretOf(SecretReference reference) {
        String path = reference.path();
        return reference.provider() + "/" + path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    private List<SecretMetadata> secretsOf(ProviderId id) throws StoreException {
        try {
            return secrets.list(id.id(), "", 1, Integer.MAX_VALUE).secrets();
        } catch (LocalSecretException e) {
            // The provider was deleted at this moment, and its secrets with it.
            return List.of();
        }
    }
}
