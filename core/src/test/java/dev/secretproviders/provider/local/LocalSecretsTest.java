package dev.secretproviders.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.provider.local.LocalSecretException.Kind;
import dev.secretproviders.provider.local.LocalSecrets.Generated;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.testkit.ProviderContract;
import dev.secretproviders.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LocalSecretsTest {
    private static final Change ANYHOW = LocalFixture.ANYHOW;
    private static final Expiry KEPT = new Expiry.Kept();
    private static final Expiry NEVER = new Expiry.Never();
    private static final Instant SOON = LocalFixture.START.plusSeconds(60);

    @TempDir
    private Path temp;

    private LocalFixture local;
    private LocalSecrets secrets;

    @BeforeEach
    void open() throws Exception {
        local = new LocalFixture(
                EmbeddedStore.open(temp.resolve("store"), Duration.ofSeconds(5)), Map.of("versions", 3));
        secrets = local.secrets;
    }

    @AfterEach
    void close() {
        local.close();
    }

    @Test
    void metadataSaysEverythingButValues() throws Exception {
        local.put("jack", Map.of("key", "hunter2", "user", "jack"), new Expiry.At(SOON));

        SecretMetadata metadata = secrets.metadata("test", "jack");

        assertThat(metadata.versions())
                .containsExactly(
                        new SecretMetadata.Version(1, LocalFixture.START, "jane", SOON, List.of("key", "user"), false));
        assertThat(metadata.toString()).doesNotContain("hunter2");
    }

    @Test
    void putReplacesAllFieldsAndTheExpiry() throws Exception {
        local.put("jack", Map.of("key", "a", "old", "b"), new Expiry.At(SOON));

        SecretMetadata metadata = local.put("jack", Map.of("key", "c"));

        assertThat(metadata.current().fields()).containsExactly("key");
        assertThat(metadata.current().expiresAt()).isNull();
    }

    @Test
    void patchKeepsWhatItDoesNotName() throws Exception {
        local.put("jack", Map.of("key", "a", "user", "jack", "old", "b"), new Expiry.At(SOON));

        SecretMetadata metadata = secrets.patch(
                "test", "jack", LocalFixture.secrets(Map.of("key", "c")), Set.of("old", "never"), KEPT, ANYHOW);

        assertThat(metadata.current().fields()).containsExactly("key", "user");
        assertThat(metadata.current().expiresAt()).isEqualTo(SOON);
        assertThat(value("jack/key")).isEqualTo("c");
        assertThat(value("jack/user")).isEqualTo("jack");
    }

    @Test
    void patchCannotLeaveASecretWithoutFieldsOrMakeOne() throws Exception {
        local.put("jack", Map.of("key", "a"));

        assertRefused(Kind.INVALID, () -> secrets.patch("test", "jack", Map.of(), Set.of("key"), KEPT, ANYHOW));
        assertRefused(
                Kind.NOT_FOUND,
                () -> secrets.patch("test", "jill", LocalFixture.secrets(Map.of("key", "a")), Set.of(), KEPT, ANYHOW));
    }

    @Test
    void patchOfWhatWasDestroyedIsRefusedRatherThanLosingFields() throws Exception {
        local.put("jack", Map.of("key", "a", "user", "jack"));
        secrets.destroy("test", "jack", 1, ANYHOW);

        assertRefused(Kind.INVALID, () -> secrets.patch("test", "jack", one("b"), Set.of(), KEPT, ANYHOW));
        assertRefused(Kind.INVALID, () -> secrets.generate("test", "jack", "key", KeyShape.DEFAULT, KEPT, ANYHOW));
    }

    @Test
    void rollbackMakesANewVersionWithTheOldContent() throws Exception {
        local.put("jack", Map.of("key", "first"));
        local.put("jack", Map.of("key", "second", "more", "x"));

        SecretMetadata metadata = secrets.rollback("test", "jack", 1, KEPT, ANYHOW);

        assertThat(metadata.current().version()).isEqualTo(3);
        assertThat(metadata.current().fields()).containsExactly("key");
        assertThat(value("jack/key")).isEqualTo("first");
        assertThat(value("jack/key?version=2")).isEqualTo("second");
    }

    @Test
    void rollbackToWhatIsNoMoreIsRefused() throws Exception {
        for (int i = 1; i <= 4; i++) {
            local.put("jack", Map.of("key", "value-" + i));
        }
        secrets.destroy("test", "jack", 3, ANYHOW);

        assertRefused(Kind.NOT_FOUND, () -> secrets.rollback("test", "jack", 1, KEPT, ANYHOW));
        assertRefused(Kind.NOT_FOUND, () -> secrets.rollback("test", "jack", 3, KEPT, ANYHOW));
        assertRefused(Kind.NOT_FOUND, () -> secrets.rollback("test", "jack", 9, KEPT, ANYHOW));
        secrets.delete("test", "jack", ANYHOW);
        assertRefused(Kind.NOT_FOUND, () -> secrets.rollback("test", "jack", 4, KEPT, ANYHOW));
    }

    @Test
    void rollbackDoesNotRevivePastExpiry() throws Exception {
        local.put("jack", Map.of("key", "first"), new Expiry.At(SOON));
        local.put("jack", Map.of("key", "second"));
        local.at(SOON);

        assertRefused(Kind.INVALID, () -> secrets.rollback("test", "jack", 1, KEPT, ANYHOW));
        assertThat(secrets.rollback("test", "jack", 1, NEVER, ANYHOW).current().expiresAt())
                .isNull();
    }

    @Test
    void expiryInThePastIsRefused() {
        assertRefused(Kind.INVALID, () -> local.put("jack", Map.of("key", "a"), new Expiry.At(LocalFixture.START)));
    }

    @Test
    void destroyedVersionKeepsItsNumberAndNames() throws Exception {
        local.put("jack", Map.of("key", "hunter2"));
        local.put("jack", Map.of("key", "hunter3"));

        SecretMetadata metadata = secrets.destroy("test", "jack", 1, ANYHOW);

        assertThat(metadata.versions().getFirst().destroyed()).isTrue();
        assertThat(metadata.versions().getFirst().fields()).containsExactly("key");
        assertThat(local.store.get("secret-version/test/jack/1")).isNull();
        assertThat(value("jack/key")).isEqualTo("hunter3");
    }

    @Test
    void deletedSecretLeavesNothingButItsNumber() throws Exception {
        local.put("jack", Map.of("key", "hunter2"));
        local.put("jack", Map.of("key", "hunter3"));

        secrets.delete("test", "jack", ANYHOW);

        assertThat(local.store.list("secret-version/").entries()).isEmpty();
        assertThat(local.store.list("secret/").entries()).hasSize(1);
        assertRefused(Kind.NOT_FOUND, () -> secrets.metadata("test", "jack"));
        assertRefused(Kind.NOT_FOUND, () -> secrets.delete("test", "jack", ANYHOW));
        assertThat(secrets.list("test", "", 1, 10).total()).isZero();
    }

    @Test
    void changeOnConditionIsRefusedIfSomebodyWasQuicker() throws Exception {
        SecretMetadata first = local.put("jack", Map.of("key", "a"));
        local.put("jack", Map.of("key", "b"));

        assertRefused(Kind.CHANGED, () -> secrets.delete("test", "jack", LocalFixture.ifRevision(first.revision())));
        assertRefused(Kind.CHANGED, () -> secrets.put("test", "jack", one("c"), NEVER, LocalFixture.ifRevision(0L)));
        long current = secrets.metadata("test", "jack").revision();
        secrets.delete("test", "jack", LocalFixture.ifRevision(current));
        assertThat(secrets.put("test", "jack", one("c"), NEVER, LocalFixture.ifRevision(0L))
                        .current()
                        .version())
                .isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    void generatedKeyHasItsShapeAndIsStored(KeyShape.Alphabet alphabet) throws Exception {
        local.put("jack", Map.of("user", "jack"));

        try (Generated generated =
                secrets.generate("test", "jack", "key", new KeyShape(alphabet, 1_000), KEPT, ANYHOW)) {
            String key = generated.value().reveal();
            assertThat(key).hasSize(1_000);
            assertThat(key)
                    .matches(
                            switch (alphabet) {
                                case BASE64URL -> "[A-Za-z0-9_-]+";
                                case ALPHANUMERIC -> "[A-Za-z0-9]+";
                                case HEX -> "[0-9a-f]+";
                            });
            assertThat(key.chars().distinct().count()).isGreaterThan(alphabet == KeyShape.Alphabet.HEX ? 15 : 50);
            assertThat(value("jack/key")).isEqualTo(key);
            assertThat(value("jack/user")).isEqualTo("jack");
            assertThat(generated.toString()).doesNotContain(key);
        }
    }

    @Test
    void generatedKeyIsNotTooShort() {
        assertRefused(
                Kind.INVALID,
                () -> secrets.generate("test", "jack", "key", new KeyShape(KeyShape.Alphabet.HEX, 31), NEVER, ANYHOW));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "/", "a//b", "/a", "a/", ".", "a/..", "a/./b", "a\u0000", "a\nb", "a%2fb", "a\\b", "a#b", "a?b",
                "\uD800"
            })
    void pathThatNoReferenceCanNameIsRefused(String path) {
        assertRefused(Kind.INVALID, () -> local.put(path, Map.of("key", "a")));
        assertRefused(Kind.INVALID, () -> local.put("jack", Map.of(path, "a")));
    }

    @Test
    void limitsHold() throws Exception {
        assertRefused(Kind.INVALID, () -> local.put("jack", Map.of()));
        assertRefused(Kind.INVALID, () -> local.put("jack", Map.of("key", "")));
        assertRefused(Kind.INVALID, () -> local.put("jack", Map.of("a/b", "x")));
        assertRefused(Kind.INVALID, () -> local.put("j".repeat(513), Map.of("key", "x")));
        assertRefused(Kind.INVALID, () -> local.put("jack", Map.of("k".repeat(65), "x")));
        assertRefused(
                Kind.INVALID, () -> local.put("jack", Map.of("key", "x".repeat(LocalSecrets.MAX_VALUE_BYTES + 1))));
        assertRefused(Kind.INVALID, () -> local.put("jack", fields(LocalSecrets.MAX_FIELDS + 1, "x")));
        assertRefused(Kind.INVALID, () -> local.put("jack", fields(5, "x".repeat(LocalSecrets.MAX_VALUE_BYTES))));

        local.put("jack", fields(4, "x".repeat(LocalSecrets.MAX_VALUE_BYTES)));
        local.put("j".repeat(512), fields(LocalSecrets.MAX_FIELDS, "x"));
    }

    /**
     * A regression: a secret could be written ten times and then never again, because its record outgrew the store's
     * limit.
     */
    @Test
    void largestSecretFitsIntoATransactionWithAllItsVersions() throws Exception {
        Map<String, String> largest = new HashMap<>();
        for (int i = 0; i < LocalSecrets.MAX_FIELDS; i++) {
            String name = "%02d".formatted(i) + "\"".repeat(62);
            largest.put(name, "x".repeat(LocalSecrets.MAX_SECRET_BYTES / LocalSecrets.MAX_FIELDS));
        }
        try (LocalFixture many = new LocalFixture(
                EmbeddedStore.open(temp.resolve("many"), Duration.ofSeconds(5)), Map.of("versions", 30))) {
            for (int i = 0; i < 31; i++) {
                many.put("largest", largest);
            }

            int written = many.length("secret/test/largest") + many.length("secret-version/test/largest/30");
            assertThat(written).isLessThan(1_000_000);
        }
    }

    @Test
    void providerMustBeThere() {
        assertRefused(Kind.NO_PROVIDER, () -> secrets.put("other", "jack", one("a"), NEVER, ANYHOW));
        assertRefused(Kind.NO_PROVIDER, () -> secrets.list("other", "", 1, 10));
        assertRefused(Kind.INVALID, () -> secrets.put("../test", "jack", one("a"), NEVER, ANYHOW));
    }

    @Test
    void listHasPagesAndAPrefix() throws Exception {
        for (String path : List.of("team/a", "team/b", "team/c", "other")) {
            local.put(path, Map.of("key", "x"));
        }

        assertThat(paths("team/", 1)).containsExactly("team/a", "team/b");
        assertThat(paths("team/", 2)).containsExactly("team/c");
        assertThat(paths("team/", 3)).isEmpty();
        assertThat(secrets.list("test", "team/", 2, 2).total()).isEqualTo(3);
        assertThat(secrets.list("test", "", 1, 10).total()).isEqualTo(4);
    }

    @Test
    void refusalNeverRepeatsAValue() {
        String canary = "canary-77ab";

        assertThatThrownBy(() -> local.put("jack", Map.of(canary + "/", "x"))).hasMessageNotContaining(canary);
        assertThatThrownBy(() -> local.put(canary + "//", Map.of("key", "x"))).hasMessageNotContaining(canary);
    }

    private static Map<String, Secret> one(String value) {
        return LocalFixture.secrets(Map.of("key", value));
    }

    private static Map<String, String> fields(int count, String value) {
        Map<String, String> fields = new HashMap<>();
        for (int i = 0; i < count; i++) {
            fields.put("field" + i, value);
        }
        return fields;
    }

    private List<String> paths(String prefix, int page) throws Exception {
        return secrets.list("test", prefix, page, 2).secrets().stream()
                .map(SecretMetadata::path)
                .toList();
    }

    private @Nullable String value(String path) throws Exception {
        return ProviderContract.value(local.provider, "$secret://local/test/" + path);
    }

    private static void assertRefused(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        LocalSecretException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }
}
