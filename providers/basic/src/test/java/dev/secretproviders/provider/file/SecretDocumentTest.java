package dev.secretproviders.provider.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.limits.AllowedFiles;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SecretDocumentTest {
    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "keys.yaml       | 'jack:\n  key: hunter2\n'",
                "keys.yml        | 'jack.key: hunter2'",
                "keys.yaml       | 'jack/key: hunter2'",
                "keys.json       | '{\"jack\": {\"key\": \"hunter2\"}}'",
                "keys.json       | '{\"jack\": {\"list\": [{\"key\": \"no\"}, \"no\"], \"key\": \"hunter2\"}, \"other\": 1}'",
                "keys.properties | 'jack.key = hunter2'"
            })
    void pathFindsNestedAndFlatNames(String name, String content) throws Exception {
        try (SecretProvider provider = provider(name, content)) {
            assertThat(value(provider, "jack/key")).isEqualTo("hunter2");
            assertThat(value(provider, "jack.key")).isEqualTo("hunter2");
            assertThat(value(provider, "jack/other")).isNull();
            assertThat(value(provider, "jack")).isNull();
        }
    }

    /** So that it cannot be read, and the credentials are refused. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "keys.yaml | 'expires_at: [1000]\njack: {key: hunter2}\n' | [",
                "keys.json | '{\"expires_at\": {\"at\": 1000}, \"jack\": {\"key\": \"hunter2\"}}' | {"
            })
    void limitThatIsAListOrAnObjectIsKeptAsText(String name, String content, String text) throws Exception {
        try (SecretProvider provider = provider(name, content)) {
            assertThat(value(provider, "expires_at")).isEqualTo(text);
            assertThat(value(provider, "jack/key")).isEqualTo("hunter2");
        }
    }

    /** Read as numbers, these keys would silently become others. */
    @ParameterizedTest
    @CsvSource({"0123", "1e5", "007", "1_000", "0x1F", "true", "12345678901234567890123", "1.10"})
    void scalarWithoutQuotesKeepsItsSpelling(String scalar) throws Exception {
        try (SecretProvider provider = provider("keys.yaml", "jack:\n  key: " + scalar + "\n")) {
            assertThat(value(provider, "jack/key")).isEqualTo(scalar);
        }
    }

    @Test
    void propertiesAreReadAsUtf8() throws Exception {
        try (SecretProvider provider = provider("keys.properties", "jack.key=pä漢\n")) {
            assertThat(value(provider, "jack/key")).isEqualTo("pä漢");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "keys.yaml | 'jack:\n  key: \"canary-77' | malformed at line",
                "keys.yaml | 'a: canary-77\njack: [' | malformed at line",
                "keys.yaml | 'a: &x canary-77\nb: *x\n' | alias (*name), write the value instead, at line 2",
                "keys.yaml | 'a: canary-77\n---\nb: 1\n' | must hold one document at line",
                "keys.yaml | 'canary-77' | must hold names with values at line 1",
                "keys.yaml | 'a.b: canary-77\na:\n  b: x\n' | names one value twice (. and / mean the same) at line 3",
                "keys.json | '{\"a\": canary-77}' | malformed at line 1",
                "keys.json | '{\"a\": \"canary-77\"' | malformed at line 1",
                "keys.properties | 'a=canary-77\\u00' | malformed"
            })
    void corruptFileIsRefusedWithItsLineAndWithoutItsContent(String name, String content, String problem)
            throws Exception {
        try (SecretProvider provider = provider(name, content)) {
            FetchResult result = resolve(provider, "a");

            assertThat(result).isInstanceOf(FetchResult.Failed.class);
            ProviderException cause = ((FetchResult.Failed) result).cause();
            assertThat(cause.kind()).isEqualTo(ProviderException.Kind.INVALID_ANSWER);
            assertThat(cause).hasMessageContaining(problem).hasNoCause();
            assertThat(cause.toString()).doesNotContain("canary-77");
        }
    }

    @Test
    void rewrittenFileIsSeenAtOnce() throws Exception {
        try (SecretProvider provider = provider("keys.yaml", "jack: one\n")) {
            AtomicInteger changes = new AtomicInteger();
            provider.onChange(paths -> changes.incrementAndGet());

            Files.writeString(temp.resolve("keys.yaml"), "jack: another\n");

            await().until(() -> changes.get() > 0);
            assertThat(value(provider, "jack")).isEqualTo("another");
        }
    }

    @Test
    void changeOfANeighbourIsNotReported() throws Exception {
        try (SecretProvider provider = provider("keys.yaml", "jack: one\n")) {
            AtomicInteger changes = new AtomicInteger();
            provider.onChange(paths -> changes.incrementAndGet());

            Files.writeString(temp.resolve("neighbour.txt"), "x");
            Files.writeString(temp.resolve("keys.yaml"), "jack: another\n");

            await().during(Duration.ofMillis(300)).until(() -> changes.get() == 1);
        }
    }

    private SecretProvider provider(String name, String content) throws Exception {
        Path file = Files.writeString(temp.resolve(name), content);
        return new FileProvider(
                new ProviderId("file", "keys"),
                new SecretDocument(file, Objects.requireNonNull(DocumentFormat.of(file)), AllowedFiles.ANY),
                new ChangeWatcher(file, Duration.ofMillis(200)));
    }

    private static @Nullable String value(SecretProvider provider, String path) throws Exception {
        return ProviderContract.value(provider, "$secret://file/keys/" + path);
    }

    private static FetchResult resolve(SecretProvider provider, String path) throws Exception {
        return ProviderContract.resolve(provider, "$secret://file/keys/" + path);
    }
}
