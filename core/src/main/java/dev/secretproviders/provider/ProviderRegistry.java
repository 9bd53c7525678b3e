package dev.secretproviders.provider;

import dev.secretproviders.limits.Limits;
import dev.secretproviders.provider.ProviderLimits.Breach;
import dev.secretproviders.provider.ProviderLimits.Origin;
import dev.secretproviders.provider.shared.DrillPath;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.settings.CommonFields;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Capability;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

    /**
     * A provider and its settings.
     *
     * @param policy its policy
     * @param usages the references in its own fields
     * @param limits what it may reach
     * @param fingerprint digest of the fields that decide which manager is reached, how and with which credentials;
     *     equal for equal connections
     */
    public record Registered(
            SecretProvider provider,
            ProviderPolicy policy,
            List<Usage> usages,
            AutoCloseable literals,
            ProviderLimits limits,
            String fingerprint)
            implements AutoCloseable {
        public Registered {
            usages = List.copyOf(usages);
        }

        /** A provider whose configuration holds no secrets. */
        public Registered(SecretProvider provider, ProviderPolicy policy) {
            this(provider, policy, List.of(), () -> {}, "");
        }

        /** Returns warnings about a working provider for the operator; empty if the provider fails to return them. */
        public List<String> warnings() {
            try {
                return List.copyOf(provider.warnings());
            } catch (RuntimeException | Error e) {
                LOG.warn(
                        "provider {} has no warnings: {}",
                        provider.id(),
                        e.getClass().getName());
                return List.of();
            }
        }

        /** Creates an entry for a provider that the runner did not make from an object. */
        public Registered(
                SecretProvider provider,
                ProviderPolicy policy,
                List<Usage> usages,
                AutoCloseable literals,
                String fingerprint) {
            this(provider, policy, usages, literals, ProviderLimits.none(), fingerprint);
        }

        /** Returns which fields of an unchanged object exceed today's limits. */
        public List<Breach> breaches() {
            return limits.breaches();
        }

        /** Returns which identity of this machine or pod an object that is being written uses; null if none. */
        public @Nullable String identity() {
            return limits.identity();
        }

        /** Closes the provider and wipes its configured credentials. */
        @Override
        public void close() {
            try {
                provider.close();
            } catch (RuntimeException | Error e) {
                // Logs only the exception's class: its message may come from a user's jar and quote any data.
                LOG.warn(
                        "provider {} did not close: {}",
                        provider.id(),
                        e.getClass().getName());
            } finally {
                wipe();
            }
        }

        private void wipe() {
            try {
                literals.close();
            } catch (Exception e) {
                throw new IllegalStateException("wiping memory cannot fail", e);
            }
        }
    }

    /** Fields that decide how a manager is called and answers are kept, but not which answers it gives. */
    private static final Set<String> BESIDE_THE_POINT = Stream.concat(
                    CommonFields.ALL.stream(), Stream.of(DrillPath.FIELD))
            .map(Field::name)
            .collect(Collectors.toUnmodifiableSet());

    private static final String REFERENCES = "references";
    /** Names in the section {@code providers} that are not managers but settings for stored objects. */
    private static final Set<String> RESERVED = Set.of(REFERENCES, "files", "destinations");

    private final SortedMap<String, ProviderFactory> factories = new TreeMap<>();
    private final SortedMap<ProviderId, Registered> providers = new ConcurrentSkipListMap<>();
    private final AllowedReferences allowedReferences;

    private final Limits limits;

    private ProviderRegistry(Settings references, Limits limits, Collection<? extends ProviderFactory> factories) {
        this.limits = limits;
        factories.forEach(factory -> this.factories.put(factory.manager(), factory));
        this.allowedReferences = AllowedReferences.read(references, managers(Capability.RUNNERS_OWN));
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
        SortedMap<ProviderId, Settings> objects = registry.objects(section, leftOut);
        if (!objects.containsKey(ProviderId.ENVIRONMENT)) {
            objects.put(ProviderId.ENVIRONMENT, Settings.root(Map.of(), new Problems()));
        }
        objects.keySet().stream()
                .sorted(registry.orderOfMaking())
                .forEach(id -> registry.providers.put(id, registry.configured(id, objects.get(id), objects.keySet())));
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
        return Set.copyOf(factories.keySet());
    }

    /**
     * Checks that a manager is known.
     *
     * @throws InvalidSettingsException if it is not known
     */
    public void requireManager(String manager) {
        if (!factories.containsKey(manager)) {
            throw new InvalidSettingsException(List.of(
                    "manager: '" + manager + "' is not known; known: " + String.join(", ", factories.keySet())));
        }
    }

    /** Returns the factory of a manager, or null if the manager is not known. */
    public @Nullable ProviderFactory factory(String manager) {
        return factories.get(manager);
    }

    /** Returns the fields of a manager's objects; empty for an unknown manager. */
    public Descriptor descriptor(String manager) {
        ProviderFactory factory = factories.get(manager);
        return factory == null ? Descriptor.NONE : factory.descriptor();
    }

    /** Returns whether the manager of a provider has a capability; false for one that is not known. */
    public boolean able(ProviderId id, Capability capability) {
        ProviderFactory factory = factories.get(id.manager());
        return factory != null && factory.capabilities().contains(capability);
    }

    /**
     * Returns the order in which providers are made: a credential may be a reference to another provider, which must be there to say
     * whether the path has a meaning.
     */
    public Comparator<ProviderId> orderOfMaking() {
        return Comparator.comparing((ProviderId id) -> !able(id, Capability.HOLDS_CREDENTIALS));
    }

    private SortedSet<String> managers(Capability capability) {
        return factories.values().stream()
                .filter(factory -> factory.capabilities().contains(capability))
                .map(ProviderFactory::manager)
                .collect(Collectors.toCollection(TreeSet::new));
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
        ProviderLimits own = limits(id, settings, origin);
        if (origin != Origin.CONFIGURED) {
            own.checkFiles(settings, descriptor(id.manager()));
            // Before any code checks whether they exist.
            problems.throwIfAny();
        }
        Registered created;
        try {
            created = create(id, settings, own, providers.keySet());
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
    private Registered configured(ProviderId id, @Nullable Settings settings, Set<ProviderId> defined) {
        try {
            Registered made = create(
                    id,
                    settings,
                    limits(
                            id,
                            settings == null ? Settings.root(Map.of(), new Problems()) : settings,
                            Origin.CONFIGURED),
                    defined);
            made.warnings().forEach(warning -> LOG.warn("provider {}: {}", id, warning));
            return made;
        } catch (UnmadeException e) {
            LOG.error("provider {} cannot be made: {}", id, e.getMessage());
            if (settings != null) {
                // It is not known which of its fields the factory would have read.
                settings.ignore();
            }
            return new Registered(new UnmadeProvider(id, String.valueOf(e.getMessage())), ProviderPolicy.DEFAULT);
        }
    }

    /** Reads the fields that limit a provider's connections, which are common to all managers. */
    private ProviderLimits limits(ProviderId id, Settings settings, Origin origin) {
        boolean plaintext = descriptor(id.manager()).connects()
                && settings.section(CommonFields.TLS).flag(CommonFields.ALLOW_PLAINTEXT);
        return new ProviderLimits(limits, origin, plaintext);
    }

    private Registered create(ProviderId id, @Nullable Settings settings, ProviderLimits own, Set<ProviderId> defined)
            throws UnmadeException {
        ProviderFactory factory = factories.get(id.manager());
        if (settings == null || factory == null) {
            throw new IllegalStateException("no factory for " + id);
        }
        ProviderPolicy policy = ProviderPolicy.read(settings);
        settings.optionalText(CommonFields.DESC);
        // Labels are notes of the operator, in any form.
        settings.has(CommonFields.LABELS);
        Set<ProviderId> known = new TreeSet<>(defined);
        ConfiguredCredentials credentials =
                new ConfiguredCredentials(id, own, known, managers(Capability.HOLDS_CREDENTIALS), this::localProvider);
        try {
            SecretProvider provider = factory.create(id, settings, policy.timeout(), credentials);
            if (provider == null || !id.equals(provider.id())) {
                throw new IllegalStateException("another provider than the one asked for");
            }
            Descriptor descriptor = factory.descriptor();
            settings.check(descriptor);
            own.checkAddresses(settings, descriptor);
            return new Registered(provider, policy, credentials.usages(), credentials, own, fingerprint(settings));
        } catch (RuntimeException | Error e) {
            credentials.close();
            // Only the exception's class: its message may quote a field's value.
            throw new UnmadeException("the factory of the manager '" + id.manager() + "' failed with "
                    + e.getClass().getName());
        }
    }

    private static String fingerprint(Settings settings) {
        byte[] text = settings.everythingRead(BESIDE_THE_POINT).getBytes(StandardCharsets.UTF_8);
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /** Thrown when a factory throws instead of reporting a problem, or makes another provider than requested. */
    private static final class UnmadeException extends Exception {
        private static final long serialVersionUID = 1L;

        UnmadeException(String message) {
            super(message);
        }
    }

    private @Nullable SecretProvider localProvider(ProviderId id) {
        Registered registered = providers.get(id);
        return registered == null ? null : registered.provider();
    }

    private SortedMap<ProviderId, Settings> objects(Settings section, Predicate<String> leftOut) {
        SortedMap<ProviderId, Settings> objects = new TreeMap<>();
        for (String manager : section.names()) {
            if (isReserved(manager)) {
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
