package dev.secretproviders.provider;

import dev.secretproviders.plugin.PluginJar;
import dev.secretproviders.plugin.PluginJars;
import dev.secretproviders.settings.CommonFields;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Capability;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the {@link ProviderFactory}s that users' jars name in {@code META-INF/services}. A jar with a factory that
 * cannot be used is refused as a whole, with its other factories and filters, and reported as a problem. Other jars
 * stay.
 */
public final class PluggedFactories {
    private final Map<String, String> origins = new HashMap<>();
    private final List<ProviderFactory> factories = new ArrayList<>();

    private PluggedFactories(Collection<? extends ProviderFactory> builtIn) {
        builtIn.forEach(factory -> origins.put(factory.manager(), "the runner itself"));
    }

    /**
     * Makes all factories, in the order of their jars.
     *
     * @param builtIn the factories of the runner itself, whose managers no jar may take
     * @return the factories of jars, each for a manager of its own
     */
    public static List<ProviderFactory> load(PluginJars jars, Collection<? extends ProviderFactory> builtIn) {
        PluggedFactories plugged = new PluggedFactories(builtIn);
        jars.usable().forEach(plugged::load);
        return List.copyOf(plugged.factories);
    }

    private void load(PluginJar jar) {
        List<CheckedFactory> brought = new ArrayList<>();
        boolean good = jar.forEach(ProviderFactory.class, factory -> brought.add(CheckedFactory.of(jar, factory)));
        Set<String> managers = new HashSet<>();
        for (CheckedFactory factory : brought) {
            String problem = problem(factory, managers);
            if (problem != null) {
                jar.problem(factory.factory().getClass().getName() + problem);
                good = false;
            }
        }
        if (!good) {
            jar.refuse();
            return;
        }
        for (CheckedFactory factory : brought) {
            origins.put(factory.manager(), jar.path().toString());
            factories.add(factory);
        }
    }

    private @Nullable String problem(CheckedFactory factory, Set<String> ofTheSameJar) {
        String manager = factory.manager();
        try {
            ProviderId _ = new ProviderId(manager, "id");
        } catch (IllegalArgumentException e) {
            return ".manager(): " + e.getMessage();
        }
        String origin = ofTheSameJar.add(manager) ? origins.get(manager) : "another factory of this jar";
        if (origin != null) {
            return ": the manager " + manager + " is taken by " + origin + ": give it another name";
        }
        if (ProviderRegistry.isReserved(manager)) {
            return ": the name " + manager
                    + " has another meaning in the section providers of the configuration: give the"
                    + " manager another one";
        }
        List<Field> own = factory.descriptor().fields();
        if (factory.capabilities().contains(Capability.HOLDS_CREDENTIALS) && holdsSecret(own)) {
            return ".capabilities(): a manager with a field of type SECRET cannot hold credentials of others, since"
                    + " two providers could wait for each other";
        }
        for (Field field : own) {
            if (listsFiles(field)) {
                return ".descriptor(): a list in " + field.name()
                        + " holds files, which can only be fields of the object or of a section";
            }
            if (field.name().equals(CommonFields.TLS.name()) && !lacksAllowPlaintext(field)) {
                return ".descriptor(): the field tls has to be a section, without allow_plaintext, which the runner"
                        + " reads";
            }
        }
        String twin =
                twin(Stream.concat(own.stream(), CommonFields.ALL.stream()).toList());
        return twin == null
                ? null
                : ".descriptor(): the field " + twin + " is there twice, or is one of those that all providers have";
    }

    /** Returns the name of a field that another one has, too, in whatever spelling; null if there is none. */
    private static @Nullable String twin(List<Field> fields) {
        for (int i = 0; i < fields.size(); i++) {
            Field field = fields.get(i);
            boolean taken = fields.subList(i + 1, fields.size()).stream()
                    .anyMatch(other -> Settings.sameField(other.name(), field.name()));
            String within = taken ? field.name() : twin(field.fields());
            if (within != null) {
                return within;
            }
        }
        return null;
    }

    private static boolean holdsSecret(List<Field> fields) {
        return fields.stream().anyMatch(field -> field.secret() || holdsSecret(field.fields()));
    }

    /** Files in lists are not checked, so a descriptor with such a list is refused. */
    private static boolean listsFiles(Field field) {
        return field.type() == FieldType.LIST
                ? namesFiles(field)
                : field.fields().stream().anyMatch(PluggedFactories::listsFiles);
    }

    private static boolean namesFiles(Field above) {
        return above.fields().stream().anyMatch(field -> field.file() || namesFiles(field));
    }

    private static boolean lacksAllowPlaintext(Field tls) {
        return tls.type() == FieldType.SECTION
                && tls.fields().stream().noneMatch(field -> field.name().equals(CommonFields.ALLOW_PLAINTEXT.name()));
    }

    /** A checked factory. Its name and fields are read once, so that they stay as they were checked. */
    private record CheckedFactory(
            PluginJar jar, ProviderFactory factory, String manager, Descriptor descriptor, Set<Capability> capabilities)
            implements ProviderFactory {
        static CheckedFactory of(PluginJar jar, ProviderFactory factory) {
            String manager = factory.manager();
            Descriptor descriptor = factory.descriptor();
            Set<Capability> capabilities = factory.capabilities();
            if (manager == null || descriptor == null || capabilities == null) {
                throw new IllegalStateException(
                        factory.getClass().getName() + " answers null to manager(), descriptor() or capabilities()");
            }
            return new CheckedFactory(jar, factory, manager, descriptor, Set.copyOf(capabilities));
        }

        @Override
        public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
            SecretProvider made = jar.entered(ProviderFactory.class, factory).create(id, values, timeout, credentials);
            // The registry refuses null.
            return made == null ? made : jar.entered(SecretProvider.class, made);
        }
    }
}
