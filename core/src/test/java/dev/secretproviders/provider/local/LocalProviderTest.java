package dev.secretproviders.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.spi.FetchRequest;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import dev.secretproviders.spi.testkit.ProviderContract;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalProviderTest extends ProviderContract {
    private static final String KEY = "$secret://local/test/jack/key";

    @TempDir
    private Path temp;

    private LocalFixture local;
    private SecretProvider provider;

    @BeforeEach
    void open() throws Exception {
        local = new LocalFixture(
                EmbeddedStore.open(temp.resolve("store"), Duration.ofSeconds(5)), Map.of("versions", 3));
        provider = local.provider;
    }

    @AfterEach
    void close() {
        local.close();
    }

    @Test
    void pathMayHaveSeveralSegments() throws Exception {
        write("team/blue/jack", Map.of("key", "value-1"));

        assertThat(value(provider, "$secret://local/test/team/blue/jack/key")).isEqualTo("value-1");
        assertThat(resolve(provider, "$secret://local/test/team/blue/key")).isInstanceOf(FetchResult.Missing.class);
    }

    @Test
    void secretWhosePathEndsInANumberIsNotTheVersionOfAnother() throws Exception {
        write("jack", Map.of("key", "jack-1"));
        write("jack", Map.of("key", "jack-2"));
        write("jack/1", Map.of("key", "other"));

        assertThat(value(provider, KEY + "?version=1")).isEqualTo("jack-1");
        assertThat(value(provider, "$secret://local/test/jack/1/key")).isEqualTo("other");
    }

    @Test
    void versionsAreNumbersFromOne() throws Exception {
        write("jack", Map.of("key", "value-1"));
        write("jack", Map.of("key", "value-2"));

        SecretVersion current = found(KEY);
        assertThat(current.id()).isEqualTo("2");
        assertThat(current.createdAt()).isEqualTo(LocalFixture.START);
    }

    @Test
    void referenceCanPinAVersion() throws Exception {
        write("jack", Map.of("key", "value-1"));
        write("jack", Map.of("key", "value-2"));

        assertThat(value(provider, KEY + "?version=1")).isEqualTo("value-1");
        assertThat(value(provider, KEY + "?version=2")).isEqualTo("value-2");
        assertThat(resolve(provider, KEY + "?version=3")).isInstanceOf(FetchResult.Missing.class);
    }

    @Test
    void onlyTheLastVersionsAreKept() throws Exception {
        for (int i = 1; i <= 5; i++) {
            write("jack", Map.of("key", "value-" + i));
        }

        assertThat(resolve(provider, KEY + "?version=2")).isInstanceOf(FetchResult.Gone.class);
        assertThat(value(provider, KEY + "?version=3")).isEqualTo("value-3");
        assertThat(local.store.list("secret-version/").entries()).hasSize(2);
    }

    @Test
    void versionBeforeTheCurrentOneCanBeHad() throws Exception {
        write("jack", Map.of("key", "value-1"));
        assertThat(provider.fetchPrevious(SecretPath.current("jack"), "1")).isNull();

        write("jack", Map.of("key", "value-2"));

        SecretVersion previous = Objects.requireNonNull(provider.fetchPrevious(SecretPath.current("jack"), "2"));
        assertThat(previous.id()).isEqualTo("1");
        assertThat(text(previous, "key")).isEqualTo("value-1");
    }

    @Test
    void versionThatWasTakenAwayIsNoPreviousOne() throws Exception {
        write("jack", Map.of("key", "value-1"));
        write("jack", Map.of("key", "value-2"));
        local.secrets.destroy("test", "jack", 1, LocalFixture.ANYHOW);
        assertThat(provider.fetchPrevious(SecretPath.current("jack"), "2")).isNull();

        delete("jack");
        write("jack", Map.of("key", "value-3"));
        assertThat(provider.fetchPrevious(SecretPath.current("jack"), "3")).isNull();
    }

    @Test
    void deletedSecretIsGoneAndNotMissing() throws Exception {
        write("jack", Map.of("key", "value-1"));
        write("jack", Map.of("key", "value-2"));

        delete("jack");

        assertThat(resolve(provider, KEY)).isInstanceOf(FetchResult.Gone.class);
        assertThat(resolve(provider, KEY + "?version=1")).isInstanceOf(FetchResult.Gone.class);
        assertThat(ask(provider, KEY, "2")).isInstanceOf(FetchResult.Gone.class);
    }

    @Test
    void secretMadeAnewAfterItsDeletionCountsOn() throws Exception {
        write("jack", Map.of("key", "old"));
        delete("jack");

        write("jack", Map.of("key", "new"));

        assertThat(found(KEY).id()).isEqualTo("2");
        assertThat(value(provider, KEY)).isEqualTo("new");
        assertThat(resolve(provider, KEY + "?version=1")).isInstanceOf(FetchResult.Gone.class);
    }

    @Test
    void destroyedVersionIsGone() throws Exception {
        write("jack", Map.of("key", "value-1"));
        write("jack", Map.of("key", "value-2"));

        local.secrets.destroy("test", "jack", 2, LocalFixture.ANYHOW);

        assertThat(resolve(provider, KEY)).isInstanceOf(FetchResult.Gone.class);
        assertThat(ask(provider, KEY, "2")).isInstanceOf(FetchResult.Gone.class);
        assertThat(value(provider, KEY + "?version=1")).isEqualTo("value-1");
    }

    @Test
    void expiredSecretIsGoneEvenForWhoKnowsIt() throws Exception {
        local.put("jack", Map.of("key", "value-1"), new Expiry.At(LocalFixture.START.plusSeconds(60)));
        local.at(LocalFixture.START.plusSeconds(59));
        assertThat(value(provider, KEY)).isEqualTo("value-1");

        local.at(LocalFixture.START.plusSeconds(60));

        assertThat(resolve(provider, KEY)).isInstanceOf(FetchResult.Gone.class);
        assertThat(ask(provider, KEY, "1")).isInstanceOf(FetchResult.Gone.class);
    }

    @Test
    void expiredVersionIsNoPreviousOne() throws Exception {
        local.put("jack", Map.of("key", "value-1"), new Expiry.At(LocalFixture.START.plusSeconds(60)));
        write("jack", Map.of("key", "value-2"));

        local.at(LocalFixture.START.plusSeconds(60));

        assertThat(provider.fetchPrevious(SecretPath.current("jack"), "2")).isNull();
        assertThat(value(provider, KEY)).isEqualTo("value-2");
    }

    @Test
    void changeIsToldWithEveryPathThatItConcerns() throws Exception {
        write("jack", Map.of("key", "value-1"));
        assertThat(value(provider, KEY + "?version=1")).isEqualTo("value-1");
        BlockingQueue<List<SecretPath>> told = new LinkedBlockingQueue<>();
        provider.onChange(told::add);
        await().until(() -> List.of().equals(told.poll()));

        write("jack", Map.of("key", "value-2"));

        await().untilAsserted(() -> assertThat(told.poll())
                .containsExactlyInAnyOrder(SecretPath.current("jack"), new SecretPath("jack", "1", null)));
    }

    @Test
    void expiryIsTold() throws Exception {
        local.put("jack", Map.of("key", "value-1"), new Expiry.At(LocalFixture.START.plusMillis(100)));
        BlockingQueue<List<SecretPath>> told = new LinkedBlockingQueue<>();
        provider.onChange(told::add);

        assertThat(value(provider, KEY)).isEqualTo("value-1");

        await().until(() -> List.of(SecretPath.current("jack")).equals(told.poll()));
    }

    @Test
    void closedProviderTellsNothing() throws Exception {
        BlockingQueue<List<SecretPath>> told = new LinkedBlockingQueue<>();
        BlockingQueue<List<SecretPath>> toldToAnother = new LinkedBlockingQueue<>();
        provider.onChange(told::add);
        await().until(() -> List.of().equals(told.poll()));
        try (SecretProvider another = local.anotherProvider()) {
            another.onChange(toldToAnother::add);
            await().until(() -> List.of().equals(toldToAnother.poll()));

            provider.close();
            write("jack", Map.of("key", "value-1"));

            await().until(() -> !toldToAnother.isEmpty());
            assertThat(told).isEmpty();
        }
    }

    @Test
    void manySecretsAreReadInOneBatch() throws Exception {
        assertThat(provider.batchSize()).isGreaterThan(1);
        write("a", Map.of("key", "value-a"));
        write("b", Map.of("key", "value-b"));

        Map<SecretPath, FetchResult> results = provider.fetch(List.of(
                FetchRequest.of(SecretPath.current("a"), null),
                FetchRequest.of(SecretPath.current("b"), null),
                FetchRequest.of(SecretPath.current("c"), null)));

        assertThat(results).hasSize(3);
        assertThat(results.get(SecretPath.current("b"))).isInstanceOf(FetchResult.Found.class);
        assertThat(results.get(SecretPath.current("c"))).isInstanceOf(FetchResult.Missing.class);
    }

    @Test
    void referenceWithoutAFieldOrWithAStageHasNoMeaning() {
        for (String wrong : List.of(
                "$secret://local/test/jack",
                "$secret://local/test/jack/key?stage=AWSCURRENT",
                "$secret://local/test/jack/key?version=0",
                "$secret://local/test/jack/key?version=latest")) {
            assertThatThrownBy(() -> provider.addresses(SecretReference.parse(wrong)))
                    .isInstanceOf(InvalidReferenceException.class);
        }
    }

    @Override
    protected SecretProvider provider() {
        return provider;
    }

    @Override
    protected void write(String name, Map<String, String> fields) throws Exception {
        local.put(name, fields);
    }

    @Override
    protected void delete(String name) throws Exception {
        local.secrets.delete("test", name, LocalFixture.ANYHOW);
    }

    @Override
    protected String reference(String name, String field) {
        return "$secret://local/test/" + name + "/" + field;
    }

    private SecretVersion found(String reference) throws Exception {
        FetchResult result = resolve(provider, reference);
        assertThat(result).isInstanceOf(FetchResult.Found.class);
        return ((FetchResult.Found) result).version();
    }
}
