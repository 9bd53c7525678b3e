package dev.secretproviders.provider;

import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The configured providers by identity. The environment of this process is always among them.
 *
 * <p>Immutable once read, and thread-safe.
 */
public final class ProviderRegistry implements AutoCloseable {

    /** A provider and the policy that holds for it. */
    public record Registered(SecretProvider provider, ProviderPolicy policy) {}

    private final SortedMap<ProviderId, Registered> providers = new TreeMap<>();
    private final ConfiguredCredentials credentials;

    private ProviderRegistry(ConfiguredCredentials credentials) {
        this.credentials = credentials;
    }

    /**
     * Reads the section {@code providers}: manager, id, fields. Problems are reported to it; if there are any, the caller
     * closes what is returned. Unknown fields are reported when the caller finishes the root section.
     *
     * @param factories one for each manager, that of {@code env} among them
     */
    public static ProviderRegistry read(Settings section, Collection<? extends ProviderFactory> factories) {
        SortedMap<String, ProviderFactory> byManager = new TreeMap<>();
        factories.forEach(factory -> byManager.put(factory.manager(), factory));
        SortedMap<ProviderId, Settings> objects = objects(section, byManager.keySet());
        if (!objects.containsKey(ProviderId.ENVIRONMENT)) {
            objects.put(ProviderId.ENVIRONMENT, Settings.root(Map.of(), new Problems()));
        }
        SortedSet<ProviderId> defined = new TreeSet<>(objects.keySet());
        ProviderRegistry registry = new ProviderRegistry(new ConfiguredCredentials(defined));
        // A credential may be a reference to another provider, which must be there to say whether the path has a
        // meaning.
        objects.keySet().stream()
                .sorted(Comparator.comparing((ProviderId id) -> !ConfiguredCredentials.mayHoldCredentials(id)))
                .forEach(id -> registry.register(id, objects.get(id), byManager.get(id.manager())));
        return registry;
    }

    /** Returns the provider, or null if none is configured under this identity. */
    public @Nullable Registered get(ProviderId id) {
        return providers.get(id);
    }

    /** Returns all providers, by identity. */
    public List<Registered> all() {
        return List.copyOf(providers.values());
    }

    /** Closes all providers and wipes their configured credentials. */
    @Override
    public void close() {
        providers.values().forEach(registered -> registered.provider().close());
        credentials.close();
    }

    private void register(ProviderId id, @Nullable Settings settings, @Nullable ProviderFactory factory) {
        if (settings == null || factory == null) {
            throw new IllegalStateException("no factory for " + id);
        }
        ProviderPolicy policy = ProviderPolicy.read(settings);
        settings.optionalText("desc");
        // Labels are the operator's own notes, of any shape.
        settings.has("labels");
        SecretProvider provider = factory.create(id, settings, policy.timeout(), credentials);
        providers.put(id, new Registered(provider, policy));
        credentials.add(provider);
    }

    private static SortedMap<ProviderId, Settings> objects(Settings section, Collection<String> managers) {
        SortedMap<ProviderId, Settings> objects = new TreeMap<>();
        for (String manager : section.names()) {
            if (!managers.contains(manager)) {
                section.has(manager);
                section.problem(manager, "is not a known secret manager; known: " + String.join(", ", managers));
                continue;
            }
            Settings ofManager = section.section(manager);
            for (String id : ofManager.names()) {
                if (!ProviderId.isId(id)) {
                    ofManager.has(id);
                    ofManager.problem(id, "expected an id of 1 to 256 letters, digits, '-', '_' and '.'");
                    continue;
                }
                objects.put(new ProviderId(manager, id), ofManager.section(id));
            }
        }
        return objects;
    }
}
