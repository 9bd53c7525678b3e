package dev.secretproviders.provider;

import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Capability;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The known secret managers, by name: one factory each. Immutable. */
final class Managers {
    private final SortedMap<String, ProviderFactory> factories = new TreeMap<>();

    Managers(Collection<? extends ProviderFactory> factories) {
        factories.forEach(factory -> this.factories.put(factory.manager(), factory));
    }

    Set<String> names() {
        return Set.copyOf(factories.keySet());
    }

    /** Throws {@link InvalidSettingsException} if a manager is not known. */
    void require(String manager) {
        if (!factories.containsKey(manager)) {
            throw new InvalidSettingsException(List.of(
                    "manager: '" + manager + "' is not known; known: " + String.join(", ", factories.keySet())));
        }
    }

    /** Returns the factory of a manager, or null if the manager is not known. */
    @Nullable
    ProviderFactory factory(String manager) {
        return factories.get(manager);
    }

    /** Returns the fields of a manager's objects; empty for an unknown manager. */
    Descriptor descriptor(String manager) {
        ProviderFactory factory = factories.get(manager);
        return factory == null ? Descriptor.NONE : factory.descriptor();
    }

    /** Returns whether a manager has a capability; false for one that is not known. */
    boolean able(String manager, Capability capability) {
        ProviderFactory factory = factories.get(manager);
        return factory != null && factory.capabilities().contains(capability);
    }

    /** Returns the names of the managers that have a capability. */
    SortedSet<String> with(Capability capability) {
        return factories.keySet().stream()
                .filter(manager -> able(manager, capability))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Returns the provider objects of the section {@code providers}; wrong ids are problems.
     *
     * @param leftOut called with each unknown manager; true leaves out its providers, false makes it a problem
     */
    SortedMap<ProviderId, Settings> objects(Settings section, Predicate<String> leftOut) {
        SortedMap<ProviderId, Settings> objects = new TreeMap<>();
        for (String manager : section.names()) {
            if (ProviderRegistry.isReserved(manager)) {
                continue;
            }
            if (!factories.containsKey(manager)) {
                section.has(manager);
                if (!leftOut.test(manager)) {
                    section.problem(
                            manager, "is not a known secret manager; known: " + String.join(", ", factories.keySet()));
                }
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
