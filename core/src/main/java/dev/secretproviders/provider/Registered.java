package dev.secretproviders.provider;

import dev.secretproviders.provider.ProviderLimits.Breach;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.spi.SecretProvider;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A provider and its settings.
 *
 * @param policy its policy
 * @param usages the references in its own fields
 * @param limits what it may reach
 * @param fingerprint digest of the fields that decide which manager is reached, how and with which credentials;
 *     equal for equal connections
 * @param plain the manager's own fields of the object that are single values and no secrets, by name; defaults included
 */
public record Registered(
        SecretProvider provider,
        ProviderPolicy policy,
        List<Usage> usages,
        AutoCloseable literals,
        ProviderLimits limits,
        String fingerprint,
        Map<String, String> plain)
        implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Registered.class);

    public Registered {
        usages = List.copyOf(usages);
        plain = Map.copyOf(plain);
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
        this(provider, policy, usages, literals, ProviderLimits.none(), fingerprint, Map.of());
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
                    "provider {} did not close: {}", provider.id(), e.getClass().getName());
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
