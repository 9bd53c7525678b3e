package dev.secretproviders.admin.reference;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.certificate.CertificateSource;
import dev.secretproviders.certificate.Certificates;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.consumer.GatewayInjection;
import dev.secretproviders.provider.AccessRules;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.reference.Usage.ResourceType;
import dev.secretproviders.reference.template.WrittenReference;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.ResolvedValue;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All references, with their users and states. Joins the usages in the gateway's configuration and in the providers'
 * own fields with the resolver's state and the last use of each credential.
 *
 * <p>Thread-safe; reads memory only.
 */
public final class ReferenceStates {
    private final CredentialDirectory directory;
    private final Resolver resolver;
    private final ProviderRegistry registry;
    private final Certificates certificates;

    /**
     * One usage and its state.
     *
     * @param state the resolution's state in lower case; {@code denied} if the provider's access rules forbid it, {@code
     *     unmanaged} if the gateway resolves it by itself, {@code per_consumer} if it stands for another secret for each
     *     consumer, {@code issued} if the provider issues the certificate, {@code malformed}, or {@code unknown_provider}
     * @param problem what is wrong, or null
     * @param credential the credential that it is a field of, if clients can authenticate with it, or null
     * @param resolution what the runner holds for it, or null if the runner does not resolve it
     */
    public record ReferenceState(
            Usage usage,
            String state,
            @Nullable String problem,
            @Nullable CredentialName credential,
            @Nullable Resolution resolution) {
        ReferenceState(Usage usage, String state, @Nullable String problem) {
            this(usage, state, problem, null, null);
        }

        /** Returns when the manager last confirmed the current value, or null if there is none. */
        @Nullable
        Instant verifiedAt() {
            ResolvedValue current = resolution == null ? null : resolution.current();
            return current == null ? null : current.version().verifiedAt();
        }
    }

    /** Creates a join of these sources. */
    public ReferenceStates(
            CredentialDirectory directory, Resolver resolver, ProviderRegistry registry, Certificates certificates) {
        this.directory = directory;
        this.resolver = resolver;
        this.registry = registry;
        this.certificates = certificates;
    }

    /** Returns all usages. */
    List<Usage> usages() {
        List<Usage> all = new ArrayList<>(directory.consumers().configuration().usages());
        registry.all().forEach(registered -> all.addAll(registered.usages()));
        all.addAll(certificates.usages());
        return all;
    }

    /** Returns the kinds of resources that the source of the gateway's configuration does not show. */
    public Set<ResourceType> unlistedTypes() {
        return directory.consumers().configuration().unseen();
    }

    /** Returns what refers to a provider, and the certificates that it issues. */
    public List<Usage> usagesOf(ProviderId provider) {
        List<Usage> all = new ArrayList<>(usages());
        all.removeIf(usage -> usage.reference() == null
                || !Objects.requireNonNull(usage.reference()).provider().equals(provider));
        all.addAll(certificates.issuedBy(provider));
        return all;
    }

    /** Returns the usages that match. */
    public List<Usage> usages(Predicate<Usage> filter) {
        return usages().stream().filter(filter).toList();
    }

    /** Returns the usages that match, each with its state. */
    public List<ReferenceState> items(Predicate<Usage> filter) {
        return states(usages(filter));
    }

    /** Returns these usages, each with its state. */
    public List<ReferenceState> states(List<Usage> usages) {
        List<@Nullable SecretReference> references = new ArrayList<>(usages.size());
        usages.forEach(usage -> references.add(usage.reference()));
        Iterator<@Nullable Resolution> resolutions =
                resolver.resolutionsOf(references).iterator();
        Map<ProviderId, AccessRules> rules = new HashMap<>();
        List<ReferenceState> states = new ArrayList<>(usages.size());
        usages.forEach(usage -> states.add(item(usage, resolutions.next(), rules)));
        return states;
    }

    /** Returns when a client last authenticated with a reference since this runner started, or null. */
    @Nullable
    Instant lastUse(ReferenceState item) {
        return item.credential() == null
                ? null
                : directory.latestUses(item.credential()).last();
    }

    /** Returns how many usages refer to each provider; providers without any are left out. */
    public Map<ProviderId, Integer> counts() {
        Map<ProviderId, Integer> counts = new HashMap<>();
        for (Usage usage : usages()) {
            if (usage.reference() != null) {
                counts.merge(usage.reference().provider(), 1, Integer::sum);
            }
        }
        return counts;
    }

    private ReferenceState item(Usage usage, @Nullable Resolution resolution, Map<ProviderId, AccessRules> rules) {
        SecretReference reference = usage.reference();
        if (reference == null) {
            return usage.type() == ResourceType.CERTIFICATE && usage.field().equals(CertificateSource.ISSUER)
                    ? new ReferenceState(usage, "issued", null)
                    : new ReferenceState(usage, "malformed", "is not a well-formed reference");
        }
        AccessRules access = rules.get(reference.provider());
        if (access == null && registry.get(reference.provider()) == null) {
            return new ReferenceState(usage, "unknown_provider", "there is no provider '" + reference.provider() + "'");
        }
        CredentialKind kind = CredentialKind.ofPath(usage.field());
        if (kind == null && GatewayInjection.uses(usage)) {
            return injected(usage, reference, resolution);
        }
        if (usage.type() == ResourceType.CERTIFICATE) {
            return resolved(usage, resolution, null);
        }
        Consumer consumer = consumer(usage, kind);
        if (kind == null || consumer == null) {
            return new ReferenceState(usage, "unmanaged", null);
        }
        if (access == null) {
            access = resolver.access(reference.provider());
            rules.put(reference.provider(), access);
        }
        if (!access.allow(consumer.username(), consumer.labels(), reference)) {
            return new ReferenceState(usage, "denied", "the provider's access rules do not allow it");
        }
        String id = usage.type() == ResourceType.CONSUMER_CREDENTIAL ? usage.id() : null;
        return resolved(usage, resolution, new CredentialName(consumer.username(), id, kind));
    }

    private static ReferenceState resolved(
            Usage usage, @Nullable Resolution resolution, @Nullable CredentialName credential) {
        return new ReferenceState(
                usage,
                resolution == null
                        ? ResolutionState.LOADING.text()
                        : resolution.state().text(),
                resolution == null ? null : resolution.problem(),
                credential,
                resolution);
    }

    /** Returns the state of a reference whose value is sent to an upstream. */
    private ReferenceState injected(Usage usage, SecretReference reference, @Nullable Resolution resolution) {
        if (WrittenReference.perConsumer(usage.text())) {
            return new ReferenceState(usage, "per_consumer", null);
        }
        ProviderPolicy policy = resolver.policy(reference.provider());
        if (policy == null || !policy.inject().allow(reference)) {
            return new ReferenceState(usage, "denied", "the provider's field inject does not allow it");
        }
        return resolved(usage, resolution, null);
    }

    /** Returns references of injections that work now and that these rules would deny. */
    public List<Usage> notInjectableBy(ProviderId provider, AccessRules rules) {
        ProviderPolicy policy = resolver.policy(provider);
        return policy == null
                ? List.of()
                : usagesOf(provider).stream()
                        .filter(usage -> GatewayInjection.uses(usage) && !WrittenReference.perConsumer(usage.text()))
                        .filter(usage -> policy.inject().allow(Objects.requireNonNull(usage.reference()))
                                && !rules.allow(Objects.requireNonNull(usage.reference())))
                        .toList();
    }

    /** Returns credentials that work now and that these access rules would deny. */
    public List<Usage> deniedBy(ProviderId provider, AccessRules rules) {
        return items(usage -> usage.reference() != null
                        && Objects.requireNonNull(usage.reference()).provider().equals(provider))
                .stream()
                .filter(item -> {
                    Consumer consumer = consumer(
                            item.usage(), CredentialKind.ofPath(item.usage().field()));
                    SecretReference reference =
                            Objects.requireNonNull(item.usage().reference());
                    return consumer != null
                            && resolver.resolution(reference).state().usable()
                            && !item.state().equals("denied")
                            && !rules.allow(consumer.username(), consumer.labels(), reference);
                })
                .map(ReferenceState::usage)
                .toList();
    }

    /**
     * Returns the consumer for which the runner resolves a use; null if the gateway resolves it by itself.
     *
     * @param kind the kind of credential of which the use is a field, or null
     */
    private @Nullable Consumer consumer(Usage usage, @Nullable CredentialKind kind) {
        if (kind == null) {
            return null;
        }
        String username = switch (usage.type()) {
            case CONSUMER -> usage.id();
            case CONSUMER_CREDENTIAL -> usage.parent();
            case CONSUMER_GROUP, ROUTE, SERVICE, PLUGIN_CONFIG, GLOBAL_RULE, SSL, PROVIDER, CERTIFICATE -> null;
        };
        Consumer consumer =
                username == null ? null : directory.consumers().consumers().get(username);
        return consumer != null && resolves(consumer, usage, kind) ? consumer : null;
    }

    /** Of the fields for a secret or a public key, only the one that the algorithm needs is read. */
    private static boolean resolves(Consumer consumer, Usage usage, CredentialKind kind) {
        String id = usage.type() == ResourceType.CONSUMER_CREDENTIAL ? usage.id() : null;
        for (Credential credential : consumer.credentials()) {
            if (credential.kind() == kind
                    && Objects.equals(credential.id(), id)
                    && credential.isResolved(usage.field())) {
                return true;
            }
        }
        return false;
    }
}
