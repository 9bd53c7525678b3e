package dev.secretproviders.provider;

import dev.secretproviders.limits.Limits;
import dev.secretproviders.provider.ProviderLimits.Origin;
import dev.secretproviders.provider.ProviderMaker.UnmadeException;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Capability;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The providers in force, by identity. The environment of this process is always one of them. Those of the
 * configuration file are there from the start; others are {@linkplain #prepare prepared} next to them and {@linkplain
 * #install installed}.
 *
 * <p>Thread-safe.
 */
public final class ProviderRegistry implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProviderRegistry.class);
    /** APISIX kills a runner one second after asking it to stop, and requests in flight come first. */
    private static final Duration CLOSING = Duration.ofMillis(450);

    private static final String REFERENCES = "references";
    /** Names in the section {@code providers} that are not managers but settings for stored objects. */
    private static final Set<String> RESERVED = Set.of(REFERENCES, "files", "destinations");

    private final Managers managers;
    private final SortedMap<ProviderId, Registered> providers = new ConcurrentSkipListMap<>();
    private final AllowedReferences allowedReferences;
    private final ProviderMaker maker;

    private ProviderRegistry(Settings references, Limits limits, Collection<? extends ProviderFactory> factories) {
        this.managers = new Managers(factories);
        this.allowedReferences = AllowedReferences.read(references, managers.with(Capability.RUNNERS_OWN));
        this.maker = new ProviderMaker(managers, limits, this::inForce);
    }

    /**
     * Reads the section {@code providers}: manager, id, fields, and the settings for stored objects. Problems are
     * reported to the section. If there are any, the caller closes the returned registry. Unknown fields are reported
     * when the caller finishes the root section.
     *
     * @param factories one factory for each manager, including {@code env}
     */
    public static ProviderRegistry read(Settings section, Collection<? extends ProviderFactory> factories) {
        return read(section, factories, manager -> false, Set.of());
    }

    /**
     * Reads the section {@code providers} when some factories may be absent.
     *
     * @param leftOut called with each unknown manager; returns true to leave out its providers, false to report a
     *     problem
     * @param own the runner's own files and directories, which no object of the Admin API may name
     */
    public static ProviderRegistry read(
            Settings section,
            Collection<? extends ProviderFactory> factories,
            Predicate<String> leftOut,
            Set<Path> own) {
        ProviderRegistry registry =
                new ProviderRegistry(section.section(REFERENCES), Limits.read(section, own), factories);
        SortedMap<ProviderId, Settings> objects = registry.managers.objects(section, leftOut);
        if (!objects.containsKey(ProviderId.ENVIRONMENT)) {
            objects.put(ProviderId.ENVIRONMENT, Settings.root(Map.of(), new Problems()));
        }
        objects.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(registry.orderOfMaking()))
                .forEach(object -> registry.providers.put(
                        object.getKey(), registry.configured(object.getKey(), object.getValue(), objects.keySet())));
        return registry;
    }

    /** Returns whether a name has another meaning in the section {@code providers}, and so cannot name a manager. */
    static boolean isReserved(String name) {
        return RESERVED.stream().anyMatch(reserved -> Settings.sameField(reserved, name));
    }

    /** Returns which references stored objects may have. */
    public AllowedReferences allowedReferences() {
        return allowedReferences;
    }

    /** Returns the names of the known managers. */
    public Set<String> managers() {
        return managers.names();
    }

    /**
     * Checks that a manager is known.
     *
     * @throws InvalidSettingsException if it is not known
     */
    public void requireManager(String manager) {
        managers.require(manager);
    }

    /** Returns the factory of a manager, or null if the manager is not known. */
    public @Nullable ProviderFactory factory(String manager) {
        return managers.factory(manager);
    }

    /** Returns the fields of a manager's objects; empty for an unknown manager. */
    public Descriptor descriptor(String manager) {
        return managers.descriptor(manager);
    }

    /** Returns whether the manager of a provider has a capability; false for one that is not known. */
    public boolean able(ProviderId id, Capability capability) {
        return managers.able(id.manager(), capability);
    }

    /**
     * Returns the order in which providers are made: a credential may be a reference to another provider, which must be there to say
     * whether the path has a meaning.
     */
    public Comparator<ProviderId> orderOfMaking() {
        return Comparator.comparing((ProviderId id) -> !able(id, Capability.HOLDS_CREDENTIALS));
    }

    /** Makes a provider from an object that is being written. */
    public Registered prepare(ProviderId id, Map<String, ?> fields) {
        return prepare(id, fields, Origin.WRITTEN);
    }

    /**
     * Makes a provider from its object, without putting it in force. The only I/O is to local files.
     *
     * @param fields the object's fields
     * @throws InvalidSettingsException with every problem of the object
     */
    public Registered prepare(ProviderId id, Map<String, ?> fields, Origin origin) {
        Problems problems = new Problems();
        return prepare(id, Settings.root(fields, problems), problems, origin);
    }

    /**
     * Makes a provider of the configuration file, without putting it in force. The only I/O is to local files.
     *
     * @param settings the provider's section
     * @param problems where the section reports problems
     * @throws InvalidSettingsException with every problem
     */
    public Registered prepare(ProviderId id, Settings settings, Problems problems) {
        return prepare(id, settings, problems, Origin.CONFIGURED);
    }

    private Registered prepare(ProviderId id, Settings settings, Problems problems, Origin origin) {
        requireManager(id.manager());
        ProviderLimits own = maker.limits(id, settings, origin);
        if (origin != Origin.CONFIGURED) {
            own.checkFiles(settings, descriptor(id.manager()));
            // Before any code checks whether they exist.
            problems.throwIfAny();
        }
        Registered created;
        try {
            created = maker.make(id, settings, own, providers.keySet());
        } catch (UnmadeException e) {
            problems.add("", String.valueOf(e.getMessage()));
            throw new InvalidSettingsException(problems.lines());
        }
        settings.finish();
        if (!problems.isEmpty()) {
            created.close();
        }
        problems.throwIfAny();
        return created;
    }

    /** Puts a provider in force and returns the one that it replaces, which the caller closes; null if there was none. */
    public @Nullable Registered install(Registered provider) {
        return providers.put(provider.provider().id(), provider);
    }

    /** Takes a provider out of force and returns it; null if there was none. */
    public @Nullable Registered remove(ProviderId id) {
        return providers.remove(id);
    }

    /** Returns the provider, or null if none is configured under this identity. */
    public @Nullable Registered get(ProviderId id) {
        return providers.get(id);
    }

    /** Returns all providers, by identity. */
    public List<Registered> all() {
        return List.copyOf(providers.values());
    }

    /**
     * Closes all providers in parallel and wipes their configured credentials, within {@link #CLOSING}. Some must
     * notify their manager, which may be unreachable; a slow close continues in the background.
     */
    @Override
    public void close() {
        List<Registered> closing = all();
        CountDownLatch closed = new CountDownLatch(closing.size());
        for (Registered provider : closing) {
            Thread.ofVirtual().name("provider-close").start(() -> {
                try {
                    provider.close();
                } finally {
                    closed.countDown();
                }
            });
        }
        try {
            if (!closed.await(CLOSING.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.info("{} providers are still closing", closed.getCount());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Makes a provider. A factory that fails affects only its own providers: references to them are refused. */
    private Registered configured(ProviderId id, Settings settings, Set<ProviderId> defined) {
        try {
            Registered made = maker.make(id, settings, maker.limits(id, settings, Origin.CONFIGURED), defined);
            made.warnings().forEach(warning -> LOG.warn("provider {}: {}", id, warning));
            return made;
        } catch (UnmadeException e) {
            LOG.error("provider {} cannot be made: {}", id, e.getMessage());
            // It is not known which of its fields the factory would have read.
            settings.ignore();
            return new Registered(new UnmadeProvider(id, String.valueOf(e.getMessage())), ProviderPolicy.DEFAULT);
        }
    }

    private @Nullable SecretProvider inForce(ProviderId id) {
        Registered registered = providers.get(id);
        return registered == null ? null : registered.provider();
    }
}
