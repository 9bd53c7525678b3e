package dev.secretproviders.provider.local;

import dev.secretproviders.spi.Capability;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.store.Store;
import java.time.Duration;
import java.time.InstantSource;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes providers that read local secrets. */
public final class LocalProviderFactory implements ProviderFactory {
    private static final Field VERSIONS = Field.of(
                    "versions", FieldType.INTEGER, "How many versions of each secret are kept.")
            // With more, the field names of all versions could be too much for one transaction.
            .range(1, 30)
            .unit("versions")
            .fallback(10)
            .build();

    private final SecretRecords records;
    private final InstantSource clock;

    /**
     * Creates a factory of providers that read what {@link LocalSecrets} writes.
     *
     * @param store the same; it may be opened later, until when its secrets are unavailable
     * @param clock decides what has expired
     */
    public LocalProviderFactory(Store store, InstantSource clock) {
        this.records = new SecretRecords(store);
        this.clock = clock;
    }

    /** Returns how many versions of each secret a provider keeps; nothing if it is null or not of this manager. */
    public static OptionalInt versionsKept(@Nullable SecretProvider provider) {
        return provider instanceof LocalProvider local ? OptionalInt.of(local.versionsKept()) : OptionalInt.empty();
    }

    /** Returns the identity of a provider of this manager. */
    public static ProviderId id(String id) {
        return new ProviderId(LocalPath.MANAGER, id);
    }

    @Override
    public String manager() {
        return LocalPath.MANAGER;
    }

    @Override
    public Descriptor descriptor() {
        return Descriptor.of(VERSIONS);
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(
                Capability.HOLDS_CREDENTIALS,
                Capability.ALWAYS_THERE,
                Capability.EVERY_RUNNER_KNOWS,
                Capability.ENUMERABLE,
                Capability.WRITABLE);
    }

    @Override
    public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
        return new LocalProvider(id, values.integer(VERSIONS), records, clock);
    }
}
