package dev.secretproviders.provider;

import dev.secretproviders.crypto.RuntimeSha256;
import dev.secretproviders.limits.Limits;
import dev.secretproviders.provider.ProviderLimits.Origin;
import dev.secretproviders.provider.shared.DrillPath;
import dev.secretproviders.settings.CommonFields;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Capability;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes providers from their objects: the fields of all managers, the factory's own, and what the provider may reach. */
final class ProviderMaker {
    /** Fields that decide how a manager is called and answers are kept, but not which answers it gives. */
    private static final Set<String> NOT_IN_FINGERPRINT = Stream.concat(
                    CommonFields.ALL.stream(), Stream.of(DrillPath.FIELD))
            .map(Field::name)
            .collect(Collectors.toUnmodifiableSet());

    private final Managers managers;
    private final Limits limits;
    private final Function<ProviderId, @Nullable SecretProvider> local;

    /**
     * Creates a maker.
     *
     * @param limits what the objects of the Admin API may reach
     * @param local finds a provider that is in force now
     */
    ProviderMaker(Managers managers, Limits limits, Function<ProviderId, @Nullable SecretProvider> local) {
        this.managers = managers;
        this.limits = limits;
        this.local = local;
    }

    /** Reads the fields that limit a provider's connections, which are common to all managers. */
    ProviderLimits limits(ProviderId id, Settings settings, Origin origin) {
        boolean plaintext = managers.descriptor(id.manager()).connects()
                && settings.section(CommonFields.TLS).flag(CommonFields.ALLOW_PLAINTEXT);
        return new ProviderLimits(limits, origin, plaintext);
    }

    /**
     * Makes a provider; problems of the object go to {@code settings}.
     *
     * @param own what the provider may reach
     * @param defined which providers there are, or will be
     * @throws UnmadeException if the factory fails
     */
    Registered make(ProviderId id, Settings settings, ProviderLimits own, Set<ProviderId> defined)
            throws UnmadeException {
        ProviderFactory factory = managers.factory(id.manager());
        if (factory == null) {
            throw new IllegalStateException("no factory for " + id);
        }
        ProviderPolicy policy = ProviderPolicy.read(settings);
        settings.optionalText(CommonFields.DESC);
        // Labels are notes of the operator, in any form.
        settings.has(CommonFields.LABELS);
        Set<ProviderId> known = new TreeSet<>(defined);
        ConfiguredCredentials credentials =
                new ConfiguredCredentials(id, own, known, managers.with(Capability.HOLDS_CREDENTIALS), local);
        try {
            SecretProvider provider = factory.create(id, settings, policy.timeout(), credentials);
            if (provider == null || !id.equals(provider.id())) {
                throw new IllegalStateException("another provider than the one asked for");
            }
            Descriptor descriptor = factory.descriptor();
            settings.check(descriptor);
            own.checkAddresses(settings, descriptor);
            return new Registered(
                    provider,
                    policy,
                    credentials.usages(),
                    credentials,
                    own,
                    fingerprint(settings),
                    plain(settings, descriptor));
        } catch (RuntimeException | Error e) {
            credentials.close();
            // Only the exception's class: its message may quote a field's value.
            throw new UnmadeException("the factory of the manager '" + id.manager() + "' failed with "
                    + e.getClass().getName());
        }
    }

    private static Map<String, String> plain(Settings settings, Descriptor descriptor) {
        Map<String, String> plain = new HashMap<>();
        for (Field field : descriptor.fields()) {
            Object value = settings.peek(field.name());
            if (value == null) {
                value = field.fallback();
            }
            if (value != null && !field.secret()) {
                plain.put(field.name(), value.toString());
            }
        }
        return plain;
    }

    private static String fingerprint(Settings settings) {
        return RuntimeSha256.hex(settings.everythingRead(NOT_IN_FINGERPRINT));
    }

    /** Thrown when a factory throws instead of reporting a problem, or makes another provider than requested. */
    static final class UnmadeException extends Exception {
        private static final long serialVersionUID = 1L;

        UnmadeException(String message) {
            super(message);
        }
    }
}
