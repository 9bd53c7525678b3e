package dev.secretproviders.provider.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.peers.OpenBao;
import dev.secretproviders.provider.TestProviders;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets in a KV version 2 engine of a real OpenBao; the provider detects the engine. */
final class KvSecondVersionTest extends ProviderContract {
    private static OpenBao bao;

    private final SecretProvider provider = provider(Map.of("prefix", "secret/apisix"));

    @BeforeAll
    static void start() {
        bao = OpenBao.start();
    }

    @AfterAll
    static void stop() {
        bao.close();
    }

    @AfterEach
    void close() {
        provider.close();
    }

    @Test
    void versionHasItsNumberAndItsTime() throws Exception {
        write("versioned", Map.of("key", "one"));
        write("versioned", Map.of("key", "two"));

        SecretVersion version = found("versioned");

        assertThat(version.id()).startsWith("2-");
        assertThat(Objects.requireNonNull(version.createdAt()))
                .isBetween(
                        Instant.now().minus(Duration.ofMinutes(1)),
                        Instant.now().plus(Duration.ofSeconds(1)));
    }

    @Test
    void versionBeforeTheCurrentOneIsKept() throws Exception {
        write("previous", Map.of("key", "one"));
        write("previous", Map.of("key", "two"));

        SecretVersion previous = provider.fetchPrevious(
                SecretPath.current("previous"), found("previous").id());

        assertThat(text(Objects.requireNonNull(previous), "key")).isEqualTo("one");
    }

    @Test
    void versionBeforeTheCurrentOneThatWasDestroyedIsNotBroughtBack() throws Exception {
        write("compromised", Map.of("key", "one"));
        write("compromised", Map.of("key", "two"));
        bao.kvDestroy("secret", "apisix/compromised", 1);

        assertThat(provider.fetchPrevious(
                        SecretPath.current("compromised"), found("compromised").id()))
                .isNull();
    }

    @Test
    void firstVersionHasNoneBefore() throws Exception {
        write("young", Map.of("key", "one"));

        assertThat(provider.fetchPrevious(
                        SecretPath.current("young"), found("young").id()))
                .isNull();
    }

    @Test
    void pinnedVersionStaysWhatItWas() throws Exception {
        write("pinned", Map.of("key", "one"));
        write("pinned", Map.of("key", "two"));

        assertThat(value(provider, "$secret://vault/test/pinned/key?version=1")).isEqualTo("one");
        assertThat(value(provider, "$secret://vault/test/pinned/key")).isEqualTo("two");
        assertThat(resolve(provider, "$secret://vault/test/pinned/key?version=9"))
                .isInstanceOf(FetchResult.Missing.class);
    }

    @Test
    void deletedVersionIsGoneAndComesBackWhenUndeleted() throws Exception {
        write("deleted", Map.of("key", "one"));
        bao.kvDelete("secret", 2, "apisix/deleted");

        assertThat(resolve(provider, reference("deleted", "key")))
                .isEqualTo(new FetchResult.Gone("version 1 of 'secret/apisix/deleted' was deleted"));

        bao.put("secret/undelete/apisix/deleted", Map.of("versions", new int[] {1}));
        assertThat(value(provider, reference("deleted", "key"))).isEqualTo("one");
    }

    @Test
    void destroyedVersionIsGone() throws Exception {
        write("destroyed", Map.of("key", "one"));
        bao.kvDestroy("secret", "apisix/destroyed", 1);

        assertThat(resolve(provider, reference("destroyed", "key")))
                .isEqualTo(new FetchResult.Gone("version 1 of 'secret/apisix/destroyed' was destroyed"));
    }

    /** The numbers start again at 1; the second version 1 must not be mistaken for the first. */
    @Test
    void secretThatWasRemovedAndMadeAnewHasAnotherVersion() throws Exception {
        write("reborn", Map.of("key", "one"));
        String before = found("reborn").id();
        bao.http("DELETE", "/v1/secret/metadata/apisix/reborn", null);
        write("reborn", Map.of("key", "two"));

        assertThat(found("reborn").id()).startsWith("1-").isNotEqualTo(before);
    }

    @Test
    void numbersAndBooleansAreTextAndObjectsAreLeftOut() throws Exception {
        bao.put(
                "secret/data/apisix/typed",
                Map.of("data", Map.of("number", 42, "flag", true, "object", Map.of("a", 1), "text", "")));

        assertThat(value(provider, reference("typed", "number"))).isEqualTo("42");
        assertThat(value(provider, reference("typed", "flag"))).isEqualTo("true");
        assertThat(value(provider, reference("typed", "text"))).isEmpty();
        assertThat(value(provider, reference("typed", "object"))).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/b/c", "with space", "plus+and&and=", "ümläut/漢", "semi;colon", "a:b@c"})
    void pathWithAnyCharacterIsFound(String path) throws Exception {
        bao.http(
                "POST",
                "/v1/secret/data/" + VaultPath.of("apisix/" + path).encoded(),
                "{\"data\": {\"key\": \"found\"}}");

        assertThat(value(provider, "$secret://vault/test/" + path + "/key")).isEqualTo("found");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$secret://vault/test/key",
                "$secret://vault/test/a/key?version=x",
                "$secret://vault/test/a/key?version=0",
                "$secret://vault/test/a/key?stage=AWSPREVIOUS"
            })
    void referenceWithoutMeaningToVaultIsRefused(String reference) {
        assertThatThrownBy(() -> provider.addresses(SecretReference.parse(reference)))
                .isInstanceOf(InvalidReferenceException.class);
    }

    @Test
    void mountMayBeDeepAndThePrefixLongerThanIt() throws Exception {
        bao.enableKv("team/one/kv", 2);
        bao.kvPut("team/one/kv", 2, "apps/jack", Map.of("key", "deep"));

        try (SecretProvider deep = provider(Map.of("prefix", "/team/one/kv/apps/"));
                SecretProvider configured = provider(Map.of("prefix", "team/one/kv/apps", "kv_version", "kv-v2"));
                SecretProvider shallow = provider(Map.of("prefix", "team"))) {
            assertThat(value(deep, "$secret://vault/test/jack/key")).isEqualTo("deep");
            assertThat(value(configured, "$secret://vault/test/jack/key")).isEqualTo("deep");
            assertThat(value(shallow, "$secret://vault/test/one/kv/apps/jack/key"))
                    .isEqualTo("deep");
        }
    }

    @Override
    protected SecretProvider provider() {
        return provider;
    }

    @Override
    protected void write(String name, Map<String, String> fields) {
        bao.kvPut("secret", 2, "apisix/" + name, fields);
    }

    @Override
    protected void delete(String name) {
        bao.kvDelete("secret", 2, "apisix/" + name);
    }

    @Override
    protected String reference(String name, String field) {
        return "$secret://vault/test/" + name + "/" + field;
    }

    private static SecretProvider provider(Map<String, String> fields) {
        Map<String, String> all = new HashMap<>(fields);
        all.put("uri", bao.uri().toString());
        all.put("token", bao.rootToken());
        return TestProviders.create(new VaultProviderFactory(), all);
    }

    private SecretVersion found(String name) throws Exception {
        return ((FetchResult.Found) resolve(provider, reference(name, "key"))).version();
    }
}
