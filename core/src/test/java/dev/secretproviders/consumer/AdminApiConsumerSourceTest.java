package dev.secretproviders.consumer;

import static dev.secretproviders.consumer.HeardSnapshots.consumer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.consumer.FakeAdminApi.Mood;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/**
 * Tests without a real APISIX: the answers come from {@link FakeAdminApi}, written after the source of APISIX 3.18.
 * Cases that its source leaves open are not covered.
 */
@ExtendWith(OutputCaptureExtension.class)
final class AdminApiConsumerSourceTest {
    private final KeyDigester digester = new KeyDigester();
    private FakeAdminApi api;
    private @Nullable HeardSnapshots heard;

    @BeforeEach
    void start() throws IOException {
        api = new FakeAdminApi();
    }

    @AfterEach
    void stop() {
        if (heard != null) {
            heard.close();
        }
        api.close();
    }

    @Test
    void consumersAndTheirCredentialsAreRead() {
        api.consumer("jack", "auth-one");
        api.credential("jack", "a", "auth-a");
        api.credential("jack", "b", "$env://JACK");

        ConsumerSnapshot all = follow().awaitConsumers("jack");

        assertThat(consumer(all, "jack").credentials())
                .startsWith(literal(null, "auth-one"), literal("a", "auth-a"))
                .hasSize(3);
        assertThat(all.problems()).isEmpty();
    }

    @Test
    void consumerWithoutCredentialsStaysAlthoughTheApiAnswers404() {
        api.consumer("jack", "auth-one");
        api.consumer("rose", "auth-rose");
        api.credential("rose", "a", "auth-a");

        ConsumerSnapshot all = follow().awaitConsumers("jack", "rose");

        assertThat(consumer(all, "jack").credentials()).containsExactly(literal(null, "auth-one"));
    }

    @Test
    void changesAreSeenWithTheNextQuestion() {
        api.consumer("jack", "auth-one");
        HeardSnapshots told = follow();
        told.awaitComplete();

        api.consumer("rose", "auth-rose");
        told.awaitConsumers("jack", "rose");
        api.removeConsumer("jack");
        told.awaitConsumers("rose");

        assertThat(told.all())
                .as("the consumers, the other objects, and then only what changed")
                .hasSize(4);
    }

    @Test
    void manyConsumersAreReadPageByPage() {
        for (int i = 0; i < 1_000; i++) {
            api.consumer("user" + i, "auth-" + i);
        }

        ConsumerSnapshot all = follow().await(now -> !now.consumers().isEmpty());

        assertThat(all.consumers()).hasSize(1_000);
        assertThat(api.pages).hasValueGreaterThanOrEqualTo(2);
    }

    @Test
    void emptyListMayBeWrittenAsAnObject() {
        api.listsEmptyAsObject = true;

        HeardSnapshots told = follow();
        told.awaitConsumers();
        assertThat(told.status().lastError()).isNull();
    }

    @Test
    void keyThatMayReadTheConsumersOnlyIsEnough() {
        api.mood = Mood.OTHERS_REFUSED;
        api.consumer("jack", "auth-one");
        HeardSnapshots told = follow();
        told.awaitConsumers("jack");

        api.consumer("rose", "auth-rose");
        ConsumerSnapshot both = told.awaitConsumers("jack", "rose");

        assertThat(both.configuration().unseen()).isNotEmpty();
        assertThat(told.status().lastError()).isNull();
    }

    @Test
    void wrongAdminKeyIsSaidAndNeverPrinted(CapturedOutput output) {
        HeardSnapshots told = follow("c4n4ry-wrong-key");

        assertThat(told.awaitError("401"))
                .isEqualTo("the Admin API at " + api.uri() + " answered 401: check admin_key");
        assertThat(told.status().synced()).isFalse();
        assertThat(told.all()).isEmpty();
        assertThat(output).doesNotContain("c4n4ry");
    }

    @ParameterizedTest
    @EnumSource(
            value = Mood.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"WELL", "OTHERS_REFUSED"})
    void badAnswerChangesNothingAndTheNextGoodOneDoes(Mood mood, CapturedOutput output) {
        api.consumer("jack", "c4n4ry-one");
        HeardSnapshots told = follow();
        told.awaitComplete();
        List<ConsumerSnapshot> before = told.all();

        api.mood = mood;
        api.consumer("rose", "c4n4ry-rose");
        assertThat(told.awaitError("the Admin API")).doesNotContain("c4n4ry");
        assertThat(told.status().synced()).isTrue();
        assertThat(told.all()).isEqualTo(before);

        api.mood = Mood.WELL;
        told.awaitConsumers("jack", "rose");
        told.awaitNoError();
        assertThat(output).doesNotContain("c4n4ry");
    }

    @Test
    void pluginsThatApisixHasLoadedAreKnownUnlessItDoesNotSay() {
        api.consumer("jack", "auth-one");
        api.plugins = "[\"key-auth\",\"secret-key-auth\"]";
        HeardSnapshots told = follow();
        await().until(() ->
                told.source().nodes().plugins().equals(Map.of(api.uri(), Set.of("key-auth", "secret-key-auth"))));

        api.plugins = "";
        await().until(() -> told.source().nodes().plugins().isEmpty());
        assertThat(told.status().lastError()).isNull();
    }

    @Test
    void apiThatIsGoneChangesNothing() {
        api.consumer("jack", "auth-one");
        HeardSnapshots told = follow();
        told.awaitComplete();
        List<ConsumerSnapshot> before = told.all();

        api.close();

        told.awaitError("does not answer");
        assertThat(told.all()).isEqualTo(before);
    }

    private HeardSnapshots follow() {
        return follow(FakeAdminApi.ADMIN_KEY);
    }

    private HeardSnapshots follow(String adminKey) {
        Problems problems = new Problems();
        Settings settings = Settings.root(
                Map.of(
                        "source",
                        "admin-api",
                        "admin-api",
                        Map.of(
                                "uri", api.uri().toString(),
                                "admin_key", "$env://ADMIN_KEY",
                                "interval", "100ms",
                                "timeout", "2s")),
                problems);
        ConsumerSource source = ConsumerSources.create(settings, digester, Map.of("ADMIN_KEY", adminKey));
        assertThat(problems.lines()).isEmpty();
        HeardSnapshots told = new HeardSnapshots(source);
        heard = told;
        return told;
    }

    private Credential literal(@Nullable String id, String key) {
        return new Credential.KeyAuth(id, CredentialText.Literal.of(Secret.ofUtf8(key), digester));
    }
}
