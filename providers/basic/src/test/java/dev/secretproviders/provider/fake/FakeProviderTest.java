package dev.secretproviders.provider.fake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.provider.shared.ProjectFile;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.InvalidReferenceException;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.spi.SecretVersion;
import dev.secretproviders.spi.testkit.NoCredentials;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

/** The fake keeps the contract of real managers, and gives the answers of its script at their times. */
final class FakeProviderTest extends ProviderContract {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    private Path directory;

    private final Map<String, Map<String, String>> written = new TreeMap<>();
    private final ManualPassage passage = new ManualPassage();
    private Path script;
    private SecretProvider provider;

    /** Time that passes when a thread sleeps or the test advances it. */
    private static final class ManualPassage implements Passage {
        private long nanos = 7;

        @Override
        public synchronized long nanos() {
            return nanos;
        }

        @Override
        public synchronized void sleep(Duration time) {
            nanos += time.toNanos();
        }
    }

    @BeforeEach
    void create() throws IOException {
        script = directory.resolve("script.yaml");
        play("secrets: []");
        provider = new FakeProviderFactory(passage)
                .create(
                        new ProviderId("fake", "test"),
                        Settings.root(Map.of("script", script.toString()), new Problems()),
                        Duration.ofSeconds(2),
                        new NoCredentials());
    }

    @Override
    protected SecretProvider provider() {
        return provider;
    }

    @Override
    protected void write(String name, Map<String, String> fields) throws IOException {
        written.put(name, fields);
        playWritten();
    }

    @Override
    protected void delete(String name) throws IOException {
        written.remove(name);
        playWritten();
    }

    @Override
    protected String reference(String name, String field) {
        return "$secret://fake/test/" + name + "/" + field;
    }

    private void playWritten() throws IOException {
        play(JSON.writeValueAsString(Map.of(
                "secrets",
                written.entrySet().stream()
                        .map(secret -> Map.of(
                                "name", secret.getKey(), "versions", Map.of("0", Map.of("fields", secret.getValue()))))
                        .toList())));
    }

    private void play(String text) throws IOException {
        Path fresh = Files.writeString(directory.resolve("fresh"), text);
        Files.move(fresh, script, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void pass(Duration time) {
        passage.sleep(time);
    }

    private @Nullable String key() throws Exception {
        return value(provider, reference("jack", "key"));
    }

    private static void assertFails(ThrowingCallable asked, Kind kind) {
        assertThatThrownBy(asked)
                .isInstanceOfSatisfying(
                        ProviderException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void rotationHappensAtItsOffsetAndNotBefore() throws Exception {
        play("""
                secrets:
                  - name: jack
                    versions:
                      - fields: {key: "first"}
                      - {at: 30s, fields: {key: "second"}}
                """);

        assertThat(key()).isEqualTo("first");
        pass(Duration.ofSeconds(30).minusNanos(1));
        assertThat(key()).isEqualTo("first");
        pass(Duration.ofNanos(1));
        assertThat(key()).isEqualTo("second");
    }

    @Test
    void versionBeforeTheCurrentOneIsKnownUnlessADeletionStandsBetween() throws Exception {
        play("""
                secrets:
                  - name: jack
                    versions:
                      - {id: "1", value: "first"}
                      - {id: "2", value: "second"}
                      - {at: 10s, state: deleted}
                      - {at: 20s, id: "3", value: "third"}
                """);
        SecretPath jack = SecretPath.current("jack");

        SecretVersion previous = Objects.requireNonNull(provider.fetchPrevious(jack, "2"));
        assertThat(text(previous, null)).isEqualTo("first");
        assertThat(provider.fetchPrevious(jack, "1")).isNull();
        pass(Duration.ofSeconds(20));
        assertThat(provider.fetchPrevious(jack, "3")).isNull();
    }

    @Test
    void deletedIsGoneAndMissingIsMissing() throws Exception {
        play("""
                secrets:
                  - name: jack
                    versions:
                      - {id: "1", value: "first"}
                      - {at: 10s, state: deleted}
                      - {at: 20s, state: missing}
                """);
        assertThat(resolve(provider, "$secret://fake/test/jack?version=1")).isInstanceOf(FetchResult.Found.class);

        pass(Duration.ofSeconds(10));
        assertThat(resolve(provider, "$secret://fake/test/jack")).isInstanceOf(FetchResult.Gone.class);
        assertThat(resolve(provider, "$secret://fake/test/jack?version=1")).isInstanceOf(FetchResult.Gone.class);
        pass(Duration.ofSeconds(10));
        assertThat(resolve(provider, "$secret://fake/test/jack")).isInstanceOf(FetchResult.Missing.class);
    }

    @Test
    void pinnedVersionStaysAndOneThatHasNotBegunIsMissing() throws Exception {
        play("""
                secrets:
                  - name: jack
                    versions:
                      - {id: "1", value: "first"}
                      - {at: 10s, id: "2", value: "second"}
                """);

        assertThat(resolve(provider, "$secret://fake/test/jack?version=2")).isInstanceOf(FetchResult.Missing.class);
        pass(Duration.ofSeconds(10));
        assertThat(value(provider, "$secret://fake/test/jack?version=1")).isEqualTo("first");
        assertThat(value(provider, "$secret://fake/test/jack?version=2")).isEqualTo("second");
    }

    @Test
    void stagesAreRefused() {
        assertThatThrownBy(
                        () -> provider.addresses(SecretReference.parse("$secret://fake/test/jack?stage=AWSPREVIOUS")))
                .isInstanceOf(InvalidReferenceException.class);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void errorIsOfItsKindWhileItLasts(Kind kind) throws Exception {
        play("""
                errors: [{from: 10s, until: 20s, kind: %s}]
                secrets: [{name: jack, versions: [{fields: {key: "first"}}]}]
                """.formatted(kind));

        assertThat(key()).isEqualTo("first");
        pass(Duration.ofSeconds(10));
        assertFails(this::key, kind);
        assertFails(provider::check, kind);
        pass(Duration.ofSeconds(10));
        assertThat(key()).isEqualTo("first");
    }

    @Test
    void errorOfOneSecretLeavesTheOthersAlone() throws Exception {
        play("""
                errors: [{kind: permission, secrets: [jill]}]
                secrets:
                  - {name: jack, versions: [{fields: {key: "first"}}]}
                  - {name: jill, versions: [{fields: {key: "hers"}}]}
                """);

        assertThat(key()).isEqualTo("first");
        assertFails(() -> fetch(provider, SecretPath.current("jill"), null), Kind.PERMISSION);
    }

    @Test
    void answerTakesTheLatencyAndAtMostTheTimeout() throws Exception {
        play("latency: 1500ms");
        long before = passage.nanos();
        provider.check();
        assertThat(passage.nanos() - before).isEqualTo(Duration.ofMillis(1500).toNanos());

        play("latency: 30s");
        before = passage.nanos();
        assertFails(provider::check, Kind.TIMEOUT);
        assertThat(passage.nanos() - before).isEqualTo(Duration.ofSeconds(2).toNanos());
    }

    @Test
    void exampleOfTheDocumentationDoesWhatTheDocumentationSays() throws Exception {
        String docs = ProjectFile.text("docs/how-to/managers/fake.md");
        int from = docs.indexOf("# /etc/apisix/fake.yaml");
        play(docs.substring(from, docs.indexOf("```", from)));

        assertThat(key()).isEqualTo("jacks-first-key");
        assertThat(value(provider, "$secret://fake/test/jill")).isEqualTo("jills-key");
        pass(Duration.ofSeconds(20));
        assertThat(key()).isEqualTo("jacks-second-key");
        pass(Duration.ofSeconds(10));
        assertFails(() -> fetch(provider, SecretPath.current("jill"), null), Kind.PERMISSION);
        pass(Duration.ofSeconds(30));
        assertFails(this::key, Kind.UNAVAILABLE);
        pass(Duration.ofSeconds(30));
        assertThat(key()).isEqualTo("jacks-second-key");
        pass(Duration.ofSeconds(30));
        assertThat(resolve(provider, reference("jack", "key"))).isInstanceOf(FetchResult.Gone.class);
    }

    @Test
    void changedScriptIsPlayedFromItsStart() throws Exception {
        play("secrets: [{name: jack, versions: [{fields: {key: first}}, {at: 30s, fields: {key: second}}]}]");
        assertThat(key()).isEqualTo("first");
        pass(Duration.ofSeconds(30));
        assertThat(key()).isEqualTo("second");

        play("secrets: [{name: jack, versions: [{fields: {key: third}}, {at: 30s, fields: {key: fourth}}]}]");
        assertThat(key()).isEqualTo("third");
        pass(Duration.ofSeconds(30));
        assertThat(key()).isEqualTo("fourth");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            'latency: soon'                                                   | latency
            'surprise: 1'                                                     | surprise
            'errors: [{from: 1s}]'                                            | errors[0].kind
            'errors: [{kind: timeout, from: 2s, until: 1s}]'                  | errors[0].until
            'secrets: [{name: a}]'                                            | secrets[0].versions
            'secrets: [{versions: [{value: x}]}]'                             | secrets[0].name
            'secrets: [{name: a, versions: [{}]}]'                            | secrets[0].versions[0].fields
            'secrets: [{name: a, versions: [{value: x, fields: {b: c}}]}]'    | secrets[0].versions[0].fields
            'secrets: [{name: a, versions: [{value: x, state: deleted}]}]'    | secrets[0].versions[0].state
            'secrets: [{name: a, versions: [{at: 2s, value: x}, {value: y}]}]' | secrets[0].versions[1].at
            'secrets: [{name: a, versions: [{id: 1, value: x}, {id: 1, value: y}]}]' | secrets[0].versions[1].id
            'secrets: [{name: a, versions: [{value: x}]}, {name: a, versions: [{value: y}]}]' | secrets[1].name
            """)
    void wrongScriptIsAnErrorThatNamesFileAndField(String text, String field) throws Exception {
        play(text);

        assertFails(provider::check, Kind.CONFIGURATION);
        assertThatThrownBy(provider::check)
                .hasMessageContaining(script.toString())
                .hasMessageContaining(field + ": ");
    }

    @Test
    void scriptThatCannotBeReadIsAnErrorWithoutItsContentUntilItIsPutRight() throws Exception {
        play("secrets:\n  - name: \"canary-in-script\n");
        assertFails(provider::check, Kind.CONFIGURATION);
        assertThatThrownBy(provider::check).hasMessageNotContaining("canary").hasNoCause();
        play("");
        assertFails(provider::check, Kind.CONFIGURATION);
        Files.delete(script);
        assertFails(provider::check, Kind.CONFIGURATION);

        write("jack", Map.of("key", "first"));
        assertThat(key()).isEqualTo("first");
    }
}
