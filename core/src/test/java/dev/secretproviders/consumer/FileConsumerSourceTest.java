package dev.secretproviders.consumer;

import static dev.secretproviders.consumer.HeardSnapshots.consumer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.provider.shared.FileNotices;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
final class FileConsumerSourceTest {
    /** The file is checked every second, in addition to the watch. */
    private static final Duration SOON = Duration.ofMillis(1_500);

    private static final String CANARY = "c4n4ry";

    private static final String JACK = """
            consumers:
              - username: jack
                plugins:
                  key-auth:
                    key: auth-jack
            #END
            """;
    private static final String ROSE = JACK.replace("jack", "rose");

    @TempDir
    private Path directory;

    private final KeyDigester digester = new KeyDigester();
    private @Nullable HeardSnapshots heard;

    @AfterEach
    void stop() {
        if (heard != null) {
            heard.close();
        }
    }

    @Test
    void changeIsSeenSoon() throws IOException {
        HeardSnapshots told = follow("apisix.yaml", JACK);
        ConsumerSnapshot first = told.awaitConsumers("jack");
        assertThat(consumer(first, "jack").credentials()).containsExactly(literal(null, "auth-jack"));

        write("apisix.yaml", ROSE);

        told.await(SOON, now -> now.consumers().containsKey("rose"));
        assertThat(told.all()).hasSize(2);
        assertThat(told.status().lastError()).isNull();
    }

    @Test
    void fileReplacedByRenameIsSeenSoon() throws IOException {
        HeardSnapshots told = follow("apisix.yaml", JACK);
        told.awaitConsumers("jack");

        write("apisix.yaml.new", ROSE);
        Files.move(
                directory.resolve("apisix.yaml.new"),
                directory.resolve("apisix.yaml"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);

        told.await(SOON, now -> now.consumers().containsKey("rose"));
    }

    @Test
    void fileBehindALinkThatIsTurnedIsSeenSoon() throws IOException {
        // The layout in which Kubernetes mounts a ConfigMap.
        Files.createDirectories(directory.resolve("v1"));
        Files.createDirectories(directory.resolve("v2"));
        write("v1/apisix.yaml", JACK);
        write("v2/apisix.yaml", ROSE);
        Files.createSymbolicLink(directory.resolve("..data"), Path.of("v1"));
        Files.createSymbolicLink(directory.resolve("apisix.yaml"), Path.of("..data/apisix.yaml"));
        HeardSnapshots told = follow("apisix.yaml");
        told.awaitConsumers("jack");

        Files.createSymbolicLink(directory.resolve("..data_new"), Path.of("v2"));
        Files.move(
                directory.resolve("..data_new"),
                directory.resolve("..data"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);

        told.await(SOON, now -> now.consumers().containsKey("rose"));
    }

    @Test
    void fileWithoutItsEndKeepsTheOldConsumersUntilItIsWhole() throws IOException {
        HeardSnapshots told = follow("apisix.yaml", JACK);
        ConsumerSnapshot before = told.awaitConsumers("jack");

        write("apisix.yaml", ROSE.replace("#END", ""));
        told.awaitError("does not end with a line #END");
        assertThat(told.status().synced()).isTrue();
        assertThat(told.all()).containsExactly(before);

        write("apisix.yaml", ROSE);
        told.await(SOON, now -> now.consumers().containsKey("rose"));
        told.awaitNoError();
    }

    @Test
    void brokenYamlKeepsTheOldConsumersAndQuotesNothing() throws IOException {
        HeardSnapshots told = follow("apisix.yaml", JACK);
        ConsumerSnapshot before = told.awaitConsumers("jack");

        write("apisix.yaml", """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: "c4n4ry
                #END
                """);

        assertThat(told.awaitError("is not well-formed, line 3")).doesNotContain(CANARY);
        assertThat(told.all()).containsExactly(before);
    }

    @Test
    void consumersThatAreNoListKeepTheOldOnes() throws IOException {
        HeardSnapshots told = follow("apisix.yaml", JACK);
        ConsumerSnapshot before = told.awaitConsumers("jack");

        write("apisix.yaml", "consumers: c4n4ry\n#END\n");

        assertThat(told.awaitError("consumers: expected a list")).doesNotContain(CANARY);
        assertThat(told.all()).containsExactly(before);
    }

    @Test
    void fileThatIsMissingAtFirstIsFound() throws IOException {
        HeardSnapshots told = follow("apisix.yaml");
        told.awaitError("apisix.yaml' cannot be read: there is no such file");
        assertThat(told.status().synced()).isFalse();
        assertThat(told.all()).isEmpty();

        write("apisix.yaml", JACK);

        told.await(SOON, now -> now.consumers().containsKey("jack"));
        told.awaitNoError();
    }

    @Test
    void fileThatGoesAwayKeepsTheOldConsumers() throws IOException {
        HeardSnapshots told = follow("apisix.yaml", JACK);
        ConsumerSnapshot before = told.awaitConsumers("jack");

        Files.delete(directory.resolve("apisix.yaml"));

        told.awaitError("cannot be read");
        assertThat(told.all()).containsExactly(before);
    }

    @Test
    void jsonNeedsNoEnd() throws IOException {
        HeardSnapshots told = follow("apisix.json", """
                {"consumers": [{"username": "jack", "plugins": {"key-auth": {"key": "$secret://vault/prod/jack/key"}}}]}
                """);

        assertThat(consumer(told.awaitConsumers("jack"), "jack").credentials())
                .containsExactly(new Credential.KeyAuth(
                        null, new CredentialText.Referenced(SecretReference.parse("$secret://vault/prod/jack/key"))));
    }

    @Test
    void credentialsStandInTheSameList() throws IOException {
        HeardSnapshots told = follow("apisix.yaml", """
                routes:
                  - uri: /hello
                consumers:
                  - id: jack/credentials/one
                    plugins: {key-auth: {key: auth-one}}
                  - username: jack
                    labels: {custom_id: "7"}
                #END
                """);

        assertThat(consumer(told.awaitConsumers("jack"), "jack"))
                .isEqualTo(new Consumer("jack", "7", Map.of("custom_id", "7"), List.of(literal("one", "auth-one"))));
    }

    @Test
    void variablesArePutIn() throws IOException {
        HeardSnapshots told = follow("apisix.yaml", """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: "${{ JACK_KEY }}"}}
                  - username: rose
                    plugins: {key-auth: {key: "a-${{ROSE_KEY:=default$1}}-z"}}
                  - username: john
                    plugins: {key-auth: {key: "${{JACK_KEY:=unused}}"}}
                #END
                """);

        ConsumerSnapshot all = told.awaitConsumers("jack", "rose", "john");
        assertThat(consumer(all, "jack").credentials()).containsExactly(literal(null, "auth\\$1"));
        assertThat(consumer(all, "rose").credentials()).containsExactly(literal(null, "a-default$1-z"));
        assertThat(consumer(all, "john").credentials()).containsExactly(literal(null, "auth\\$1"));
    }

    @Test
    void variableThatIsNotSetNeverStandsForItself() throws IOException {
        HeardSnapshots told = follow("apisix.yaml", """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: "${{NOBODY_SET_THIS}}"}}
                  - username: rose
                #END
                """);

        assertThat(told.awaitConsumers("rose").problems())
                .containsExactly(new ConsumerProblem(
                        "consumers/jack",
                        "the environment variable NOBODY_SET_THIS is not set for the runner; set it, or write"
                                + " ${{NOBODY_SET_THIS:=default}}"));
    }

    @Test
    void consumerThatStandsTwiceIsReportedAndLeftOut() throws IOException {
        HeardSnapshots told = follow("apisix.yaml", """
                consumers:
                  - username: jack
                    plugins: {key-auth: {key: auth-one}}
                  - username: rose
                  - username: jack
                    plugins: {key-auth: {key: auth-two}}
                  - username: jack
                    plugins: {key-auth: {key: auth-three}}
                #END
                """);

        assertThat(told.awaitConsumers("rose").problems())
                .containsExactly(new ConsumerProblem("consumers/jack", "is listed twice; remove one of them"));
    }

    @Test
    void entryWithoutNameIsReportedByItsNumber() throws IOException {
        HeardSnapshots told = follow("apisix.yaml", """
                consumers:
                  - username: jack
                  - plugins: {key-auth: {key: c4n4ry}}
                  - c4n4ry
                #END
                """);

        ConsumerSnapshot all = told.awaitConsumers("jack");

        assertThat(all.problems())
                .extracting(ConsumerProblem::resource)
                .containsExactly("consumers/number 2", "consumers/number 3");
        assertThat(all.toString()).doesNotContain(CANARY);
    }

    @Test
    void wholeFileWithoutConsumersMeansThatThereAreNone() throws IOException {
        HeardSnapshots told = follow("apisix.yaml", JACK);
        told.awaitConsumers("jack");

        write("apisix.yaml", "routes: []\n#END\n");

        told.awaitConsumers();
    }

    /** Linux gives a user 128 of them by default. */
    @Test
    void fileIsFollowedWithoutNoticesOfTheSystemAndOneWarningSaysSo(CapturedOutput output) throws IOException {
        write("apisix.yaml", JACK);
        FileNotices none = new FileNotices(() -> {
            throw new IOException("User limit of inotify instances reached or too many open files");
        });
        HeardSnapshots told = new HeardSnapshots(new FileConsumerSource(
                directory.resolve("apisix.yaml"), new GatewayTable(digester, null), Map.of(), none));
        heard = told;
        told.awaitConsumers("jack");

        write("apisix.yaml", ROSE);

        told.awaitConsumers("rose");
        none.watch(directory, Duration.ofHours(1)).close();
        assertThat(output).containsOnlyOnce("raise fs.inotify.max_user_instances");
    }

    private HeardSnapshots follow(String name, String content) throws IOException {
        write(name, content);
        return follow(name);
    }

    private HeardSnapshots follow(String name) {
        HeardSnapshots told = new HeardSnapshots(new FileConsumerSource(
                directory.resolve(name), new GatewayTable(digester, null), Map.of("JACK_KEY", "auth\\$1")));
        heard = told;
        return told;
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(directory.resolve(name), content);
    }

    private Credential literal(@Nullable String id, String key) {
        return new Credential.KeyAuth(id, CredentialText.Literal.of(Secret.ofUtf8(key), digester));
    }
}
