package dev.secretproviders.admin.graph;

import dev.secretproviders.admin.reference.ReferenceStates;
import dev.secretproviders.admin.reference.ReferenceStates.ReferenceState;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The secrets that references stand for. Those of one provider are found together, when one of them is asked for. Not
 * thread-safe.
 */
final class Secrets {
    private final ReferenceStates references;
    private final ProviderRegistry registry;
    private final Map<ProviderId, List<Usage>> usages = new HashMap<>();
    private final Map<ProviderId, OfProvider> found = new HashMap<>();

    /**
     * A reference with the secret that it stands for.
     *
     * @param path the name of the secret at the provider
     */
    record Meaning(String path, ReferenceState item) {}

    /**
     * The secrets of a provider.
     *
     * @param byPath the references to each secret
     * @param byUsage the same, by the very objects
     */
    private record OfProvider(Map<String, List<ReferenceState>> byPath, Map<Usage, Meaning> byUsage) {
        void add(ReferenceState item, String path) {
            byPath.computeIfAbsent(path, absent -> new ArrayList<>(1)).add(item);
            byUsage.put(item.usage(), new Meaning(path, item));
        }
    }

    /**
     * Creates the secrets of some references.
     *
     * @param seen the usages that the caller sees, each with a reference
     */
    Secrets(List<Usage> seen, ReferenceStates references, ProviderRegistry registry) {
        this.references = references;
        this.registry = registry;
        for (Usage usage : seen) {
            usages.computeIfAbsent(reference(usage).provider(), absent -> new ArrayList<>())
                    .add(usage);
        }
    }

    private static SecretReference reference(Usage usage) {
        return Objects.requireNonNull(usage.reference());
    }

    /** Returns the secrets of a provider by name, each with the references to it. */
    Map<String, List<ReferenceState>> of(ProviderId provider) {
        return secrets(provider).byPath();
    }

    /** Returns what a usage that was given to the constructor stands for. */
    Meaning of(Usage usage) {
        return Objects.requireNonNull(
                secrets(reference(usage).provider()).byUsage().get(usage));
    }

    private OfProvider secrets(ProviderId provider) {
        OfProvider known = found.get(provider);
        if (known == null) {
            known = find(usages.getOrDefault(provider, List.of()));
            found.put(provider, known);
        }
        return known;
    }

    private OfProvider find(List<Usage> some) {
        OfProvider secrets = new OfProvider(new LinkedHashMap<>(), new IdentityHashMap<>());
        List<ReferenceState> unresolved = new ArrayList<>();
        for (ReferenceState item : references.states(some)) {
            Resolution resolution = item.resolution();
            if (resolution != null && resolution.path() != null) {
                secrets.add(item, resolution.path());
            } else {
                unresolved.add(item);
            }
        }
        unresolved.forEach(item -> secrets.add(item, name(secrets, reference(item.usage()))));
        return secrets;
    }

    /**
     * Returns the name of the secret that a reference probably means which the runner does not resolve: the likeliest one,
     * or one that resolved references mean.
     */
    private String name(OfProvider secrets, SecretReference reference) {
        Registered registered = registry.get(reference.provider());
        List<String> names = new ArrayList<>();
        try {
            if (registered != null) {
                registered
                        .provider()
                        .addresses(reference)
                        .forEach(address -> names.add(address.path().name()));
            }
        } catch (RuntimeException e) {
            // One reference that a provider does not understand must not hide the others.
            names.clear();
        }
        return names.stream()
                .filter(secrets.byPath()::containsKey)
                .findFirst()
                .orElse(names.isEmpty() ? reference.path() : names.getFirst());
    }
}
