package dev.secretproviders.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.provider.env.EnvProviderFactory;
import dev.secretproviders.resolve.HeldVersion;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.ResolutionState;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Descriptor;
import dev.secretproviders.spi.Field;
import dev.secretproviders.spi.FieldType;
import dev.secretproviders.spi.FieldValues;
import dev.secretproviders.spi.ProviderFactory;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a change takes effect for keys: long before a value's {@code ttl} (a minute) has ended. */
final class LocalSecretsInForceTest {
    private static final Duration AT_ONCE = Duration.ofSeconds(1);
    private static final SecretReference KEY = SecretReference.parse("$secret://local/test/jack/key");

    @TempDir
    private Path temp;

    private LocalFixture local;
    private Resolver resolver;

    @BeforeEach
    void open() throws Exception {
        local = new LocalFixture(EmbeddedStore.open(temp.resolve("store"), Duration.ofSeconds(5)), Map.of());
        resolver = Resolver.start(List.of(new Registered(local.provider, ProviderPolicy.DEFAULT)), new KeyDigester());
    }

    @AfterEach
    void close() {
        resolver.close();
        local.close();
    }

    @Test
    void newVersionCountsAtOnceAndThePreviousOneForTheOverlap() throws Exception {
        local.put("jack", Map.of("key", "value-1"));
        resolved();

        local.put("jack", Map.of("key", "value-2"));

        await().atMost(AT_ONCE).untilAsserted(() -> {
            assertThat(current().id()).isEqualTo("2");
            assertThat(resolver.resolution(KEY).previous()).hasSize(1);
        });
    }

    @Test
    void secretThatIsWrittenAfterItWasAskedForCountsAtOnce() throws Exception {
        resolver.retain(Resolver.CONSUMERS, Use.DIGEST.of(Set.of(KEY)));
        await().until(() -> resolver.resolution(KEY).state() == ResolutionState.NEGATIVE);

        local.put("jack", Map.of("key", "value-1"));

        await().atMost(AT_ONCE).until(() -> resolver.resolution(KEY).state().usable());
    }

    @Test
    void deletedSecretIsDeniedAtOnceWithItsPreviousVersions() throws Exception {
        local.put("jack", Map.of("key", "value-1"));
        resolved();
        local.put("jack", Map.of("key", "value-2"));
        await().until(() -> current().id().equals("2"));

        local.secrets.delete("test", "jack", LocalFixture.ANYHOW);

        awaitDenied();
    }

    @Test
    void expiredSecretIsDeniedAtOnce() throws Exception {
        local.put("jack", Map.of("key", "value-1"), new Expiry.At(LocalFixture.START.plusMillis(200)));
        resolved();

        local.at(LocalFixture.START.plusMillis(200));

        awaitDenied();
    }

    @Test
    void pinnedVersionIsDeniedAtOnceWhenItIsDestroyed() throws Exception {
        SecretReference pinned = SecretReference.parse(KEY + "?version=1");
        local.put("jack", Map.of("key", "value-1"));
        local.put("jack", Map.of("key", "value-2"));
        resolver.retain(Resolver.CONSUMERS, Use.DIGEST.of(Set.of(KEY, pinned)));
        await().until(() -> resolver.resolution(pinned).state().usable());

        local.secrets.destroy("test", "jack", 1, LocalFixture.ANYHOW);

        await().atMost(AT_ONCE).until(() -> resolver.resolution(pinned).state() == ResolutionState.NEGATIVE);
        assertThat(current().id()).isEqualTo("2");
    }

    @Test
    void credentialOfAnotherProviderIsReadAnewAtEachLogin() throws Exception {
        local.put("vault", Map.of("token", "first"));
        List<ProviderFactory.CredentialSource> sources = new ArrayList<>();
        Problems problems = new Problems();
        Settings root = Settings.root(
                Map.of(
                        "providers",
                        Map.of(
                                "local", Map.of("test", Map.of()),
                                "remote", Map.of("prod", Map.of("token", "$secret://local/test/vault/token")))),
                problems);
        try (ProviderRegistry registry = ProviderRegistry.read(
                root.section("providers"),
                List.of(
                        new EnvProviderFactory(Map.of()),
                        new LocalProviderFactory(local.store, local.clock()),
                        new Remote(local.provider, sources)))) {
            problems.throwIfAny();
            assertThat(registry.all()).hasSize(3);
            assertThat(read(sources.getFirst())).isEqualTo("first");

            local.put("vault", Map.of("token", "second"));

            assertThat(read(sources.getFirst())).isEqualTo("second");
        }
    }

    /** A provider that only reads its credential. */
    private record Remote(SecretProvider any, List<ProviderFactory.CredentialSource> sources)
            implements ProviderFactory {
        private static final Field TOKEN =
                Field.of("token", FieldType.SECRET, "The token.").build();

        @Override
        public String manager() {
            return "remote";
        }

        @Override
        public Descriptor descriptor() {
            return Descriptor.NONE;
        }

        @Override
        public SecretProvider create(ProviderId id, FieldValues values, Duration timeout, Credentials credentials) {
            sources.add(credentials.required(values, TOKEN));
            return any;
        }
    }

    private static String read(ProviderFactory.CredentialSource source) throws Exception {
        try (Secret value = source.read()) {
            return value.reveal();
        }
    }

    private void resolved() {
        resolver.retain(Resolver.CONSUMERS, Use.DIGEST.of(Set.of(KEY)));
        await().until(() -> resolver.resolution(KEY).state().usable());
    }

    private HeldVersion current() {
        return Objects.requireNonNull(resolver.resolution(KEY).current()).version();
    }

    private void awaitDenied() {
        await().atMost(AT_ONCE).untilAsserted(() -> {
            Resolution denied = resolver.resolution(KEY);
            assertThat(denied.state()).isEqualTo(ResolutionState.NEGATIVE);
            assertThat(denied.previous()).isEmpty();
        });
    }
}
