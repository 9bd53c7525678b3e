package dev.secretproviders.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.provider.ProviderObject;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.env.EnvProviderFactory;
import dev.secretproviders.resolve.ResolverFixture;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Capability;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretAddress;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.Transaction;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class StoredProvidersTest {
    private static final ProviderId SAFE = new ProviderId("safe", "one");
    private static final ProviderId CLOUD = new ProviderId("cloud", "one");

    @TempDir
    Path directory;

    /** By its key in the store, the object with the reference would come first, and would refer to nothing. */
    @Test
    void managersOfUsersJarsThatHoldCredentialsAreMadeFirstToo() throws Exception {
        List<ProviderId> made = new ArrayList<>();
        try (Store store = EmbeddedStore.open(directory.resolve("store.mv.db"), Duration.ZERO);
                ResolverFixture fixture = new ResolverFixture();
                ProviderRegistry registry = ProviderRegistry.read(
                        Settings.root(Map.of(), new Problems()),
                        List.of(
                                new EnvProviderFactory(Map.of()),
                                new Factory("cloud", Set.of(), made),
                                new Factory("safe", Set.of(Capability.HOLDS_CREDENTIALS), made)));
                StoredProviders stored = new StoredProviders(store, registry, fixture.resolver, Set.of())) {
            ObjectNode referring =
                    JsonNodeFactory.instance.objectNode().put(Factory.TOKEN.name(), "$secret://safe/one/token");
            write(store, CLOUD, referring);
            write(store, SAFE, JsonNodeFactory.instance.objectNode());

            stored.start();

            assertThat(made).containsExactly(SAFE, CLOUD);
            assertThat(stored.inForce()).containsOnlyKeys(SAFE, CLOUD);
            assertThat(stored.problems()).isEmpty();
        }
    }

    private static void write(Store store, ProviderId id, ObjectNode fields) throws Exception {
        ProviderObject object = new ProviderObject(id, fields, Instant.EPOCH, Instant.EPOCH, 0, true);
        var _ = store.commit(Transaction.EMPTY.put(ProviderObject.key(id), object.stored()));
    }

    private record Factory(String manager, Set<Capability> capabilities, List<ProviderId> made)
            implements ProviderFactory {
        private static final Field TOKEN =
                Field.of("token", FieldType.SECRET, "The token.").build();

        @Override
        public Descriptor descriptor() {
            return Descriptor.of(TOKEN);
        }

        @Override
        public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
            var _ = credentials.optional(values, TOKEN);
            made.add(id);
            return new Provider(id);
        }
    }

    private record Provider(ProviderId id) implements SecretProvider {
        @Override
        public List<SecretAddress> addresses(SecretReference reference) {
            return SecretAddress.everySplit(SecretPath.current(reference.path()));
        }

        @Override
        public Map<SecretPath, FetchResult> fetch(List<FetchRequest> requests) {
            return Map.of();
        }

        @Override
        public void close() {}
    }
}
