package dev.secretproviders.provider.local;

import dev.secretproviders.spi.ObjectSchema;
import dev.secretproviders.spi.ObjectSchema.Field;
import dev.secretproviders.spi.ObjectSchema.FieldType;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.Settings;
import dev.secretproviders.store.Store;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Makes providers that read local secrets. */
public final class LocalProviderFactory implements ProviderFactory {
    private static final int DEFAULT_VERSIONS = 10;

    /** With more, the field names of all versions could be too much for one transaction. */
    private static final int MAX_VERSIONS = 30;

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

    @Override
    public String manager() {
        return LocalPath.MANAGER;
    }

    @Override
    public ObjectSchema schema() {
        return new ObjectSchema(List.of(Field.of(
                        "versions",
                        FieldType.INTEGER,
                        "How many versions of each secret are kept, 1 to " + MAX_VERSIONS + ".")
                .fallback(DEFAULT_VERSIONS)));
    }

    @Override
    public SecretProvider create(ProviderId id, Settings settings, Duration timeout, Credentials credentials) {
        int versions = settings.integer("versions", DEFAULT_VERSIONS, 1, MAX_VERSIONS);
        return new LocalProvider(id, versions, records, clock);
    }
}
