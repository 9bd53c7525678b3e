package dev.secretproviders.app.control;

import dev.secretproviders.admin.operation.Operations.RefusedException;
import dev.secretproviders.admin.operation.Operations.Reloaded;
import dev.secretproviders.app.settings.Configuration;
import dev.secretproviders.app.settings.ConfigurationSource;
import dev.secretproviders.app.settings.EnvironmentSettings;
import dev.secretproviders.app.settings.Inspection;
import dev.secretproviders.app.settings.LogLevels;
import dev.secretproviders.control.ProviderObjects;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.settings.InvalidSettingsException;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.ProviderId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Reads the configuration again and applies what can change while the runner runs: the providers of the file, and the
 * levels of loggers. The whole configuration is validated first. A wrong one changes nothing.
 *
 * <p>Not thread-safe.
 */
final class Reload {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);
    private static final String PROVIDERS = "providers";

    private final ConfigurationSource source;
    private final ProviderObjects objects;
    /** The fields in force, as the file has them. */
    private Map<String, Object> current;

    Reload(ConfigurationSource source, Map<String, Object> written, ProviderObjects objects) {
        this.source = source;
        this.current = written;
        this.objects = objects;
    }

    /** A configuration that was read and is valid. */
    public record Prepared(Reloaded reloaded, Change change) {
        /** Puts the configuration in force. */
        @FunctionalInterface
        public interface Change {
            /** Applies all changes. */
            void apply() throws InterruptedException;
        }
    }

    /**
     * Reads and validates the configuration.
     *
     * @throws RefusedException if the configuration is wrong, with every problem
     */
    Prepared prepare() throws RefusedException {
        try {
            ConfigurableEnvironment environment = source.read();
            try (Configuration whole = Configuration.read(environment, source, true, Inspection.NONE)) {
                LOG.debug("{} providers were read", whole.providers().all().size());
            }
            return changes(environment);
        } catch (InvalidSettingsException e) {
            throw new RefusedException(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // The class name only: Spring's message may quote a value.
            throw new RefusedException(
                    "the configuration cannot be read (" + e.getClass().getName() + "); --check says more");
        }
    }

    private Prepared changes(ConfigurableEnvironment environment) {
        Map<String, Object> next = ConfigurationSource.written(environment);
        Set<String> fields = new TreeSet<>(current.keySet());
        fields.addAll(next.keySet());
        fields.removeIf(field -> Objects.equals(text(current.get(field)), text(next.get(field))));
        List<String> needRestart = new ArrayList<>();
        Map<String, @Nullable String> levels = new TreeMap<>();
        for (String field : fields) {
            if (field.startsWith(LogLevels.PREFIX)) {
                levels.put(field.substring(LogLevels.PREFIX.length()), text(next.get(field)));
            } else if (!isProviders(field)) {
                needRestart.add(field);
            }
        }
        Settings section = EnvironmentSettings.of(environment, new Problems()).section(PROVIDERS);
        Map<ProviderId, Settings> providers = providers(section);
        Map<ProviderId, Supplier<Registered>> changed = new LinkedHashMap<>();
        providers.keySet().stream()
                .sorted(objects.registry().orderOfMaking())
                .filter(id -> concerns(id, fields) || namesFiles(id, next))
                .forEach(id -> changed.put(id, () -> made(environment, id)));
        Set<ProviderId> all = new TreeSet<>(providers.keySet());
        all.add(ProviderId.ENVIRONMENT);
        List<String> applied = new ArrayList<>();
        changed.keySet().forEach(id -> applied.add("providers." + id.manager() + "." + id.id()));
        fields.stream()
                .filter(field ->
                        isProviders(field) && all.stream().noneMatch(id -> (field + ".").startsWith(prefix(id))))
                .map(field -> field.split("\\.", -1))
                .filter(names -> names.length > 2)
                .map(names -> PROVIDERS + "." + names[1] + "." + names[2] + " (removed)")
                .distinct()
                .forEach(applied::add);
        levels.keySet().forEach(level -> applied.add(LogLevels.PREFIX + level));
        return new Prepared(new Reloaded(applied, needRestart), () -> {
            objects.reconfigure(all, changed);
            levels.forEach(LogLevels::set);
            Map<String, Object> inForce = new TreeMap<>(next);
            // These keep their old values here, so that each reload reports them until a restart.
            needRestart.forEach(field -> {
                Object before = current.get(field);
                if (before == null) {
                    inForce.remove(field);
                } else {
                    inForce.put(field, before);
                }
            });
            current = inForce;
            LOG.info("the configuration was read again; in force: {}; after a restart: {}", applied, needRestart);
        });
    }

    private Map<ProviderId, Settings> providers(Settings section) {
        Map<ProviderId, Settings> providers = new TreeMap<>();
        for (String manager : section.names()) {
            if (objects.registry().factory(manager) != null) {
                Settings ofManager = section.section(manager);
                ofManager.names().forEach(id -> providers.put(new ProviderId(manager, id), ofManager.section(id)));
            }
        }
        return providers;
    }

    /** Creates a provider. Called in order, because its credentials may refer to a provider that is replaced first. */
    private Registered made(ConfigurableEnvironment environment, ProviderId id) {
        Problems problems = new Problems();
        Settings settings = Objects.requireNonNull(
                providers(EnvironmentSettings.of(environment, problems).section(PROVIDERS))
                        .get(id));
        ProviderRegistry registry = objects.registry();
        return registry.prepare(id, settings, problems);
    }

    /** Returns whether a field belongs to a provider. The section may also have fields that concern all providers. */
    private boolean isProviders(String field) {
        String[] names = field.split("\\.", -1);
        return names.length > 1
                && names[0].equals(PROVIDERS)
                && objects.registry().factory(names[1]) != null;
    }

    private static String prefix(ProviderId id) {
        return PROVIDERS + "." + id.manager() + "." + id.id() + ".";
    }

    private static boolean concerns(ProviderId id, Set<String> fields) {
        return fields.stream().anyMatch(field -> (field + ".").startsWith(prefix(id)));
    }

    /** Returns whether a provider names files. Their content, such as certificates, may have changed. */
    private static boolean namesFiles(ProviderId id, Map<String, Object> fields) {
        return fields.keySet().stream()
                .anyMatch(field -> field.startsWith(prefix(id))
                        && field.toLowerCase(Locale.ROOT)
                                .replace("_", "")
                                .replace("-", "")
                                .endsWith("file"));
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }
}
