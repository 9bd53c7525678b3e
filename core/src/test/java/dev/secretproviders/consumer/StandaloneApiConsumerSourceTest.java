package dev.secretproviders.consumer;

import static dev.secretproviders.consumer.HeardSnapshots.consumer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.peers.ApisixStandalone;
import dev.secretproviders.peers.ApisixStandalone.Mood;
import dev.secretproviders.reference.Usage;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The configuration that is pushed to APISIX, over HTTP, with a server that keeps to the source of APISIX, and with both its keys. */
@ParameterizedClass
@ValueSource(strings = {ApisixStandalone.KEY, ApisixStandalone.VIEWER_KEY})
@ExtendWith(OutputCaptureExtension.class)
final class StandaloneApiConsumerSourceTest {
    private final String key;
    private final KeyDigester digester = new KeyDigester();
    private final ApisixStandalone apisix = ApisixStandalone.start();
    private final ApisixStandalone second = ApisixStandalone.start();
    private final Drawer drawer = new Drawer();
    private @Nullable HeardSnapshots heard;
    private boolean failFirst;

    StandaloneApiConsumerSourceTest(String key) {
        this.key = key;
    }

    /** Keeps consumers in memory. */
    private static final class Drawer implements ConsumerSource.Keeper {
        private final AtomicReference<byte @Nullable []> content = new AtomicReference<>();
        private final AtomicBoolean failing = new AtomicBoolean();
        private volatile boolean due;

        @Override
        public byte @Nullable [] kept() throws IOException {
            if (failing.getAndSet(false)) {
                throw new IOException("this read fails");
            }
            byte[] now = content.get();
            return now == null ? null : now.clone();
        }

        @Override
        public void keep(byte[] next) {
            content.set(next.clone());
            due = false;
        }

        @Override
        public boolean isDue() {
            return due;
        }

        private String text() {
            byte[] now = content.get();
            return now == null ? "" : new String(now, StandardCharsets.UTF_8);
        }
    }

    @AfterEach
    void stop() {
        if (heard != null) {
            heard.close();
        }
        apisix.close();
        second.close();
    }

    @Test
    void consumersCredentialsAndReferencesOfRoutesAreRead() {
        apisix.push("d1", """
                {"consumers": [
                   {"username": "jack", "plugins": {"key-auth": {"key": "auth-one"}}},
                   {"id": "jack/credentials/second", "plugins": {"key-auth": {"key": "auth-two"}}},
                   {"id": "jill/credentials/lost", "plugins": {"key-auth": {"key": "auth-three"}}}],
                 "routes": [{"id": "r1", "name": "orders", "plugins": {"x": {"y": "$secret://vault/prod/a/b"}}}]}
                """);

        HeardSnapshots told = follow(apisix);
        ConsumerSnapshot all = told.awaitConsumers("jack");

        assertThat(consumer(all, "jack").credentials())
                .containsExactlyInAnyOrder(literal(null, "auth-one"), literal("second", "auth-two"));
        assertThat(all.problems()).extracting(ConsumerProblem::resource).containsExactly("consumers/jill/credentials");
        assertThat(all.configuration().usages()).extracting(Usage::text).containsExactly("$secret://vault/prod/a/b");
        assertThat(all.configuration().unseen()).isEmpty();
    }

    @Test
    void pushIsSeenAndNothingIsReadWhileTheDigestStays() {
        push(apisix, "d1", "jack");
        HeardSnapshots told = follow(apisix);
        told.awaitConsumers("jack");

        push(apisix, "d2", "jack", "rose");
        told.awaitConsumers("jack", "rose");
        push(apisix, "d3", "rose");
        told.awaitConsumers("rose");

        int reads = apisix.reads();
        awaitRounds(apisix);
        assertThat(told.all()).hasSize(3);
        if (key.equals(ApisixStandalone.KEY)) {
            assertThat(reads).isEqualTo(3);
            assertThat(apisix.reads()).isEqualTo(reads);
        }
    }

    @Test
    void configurationWithoutConsumersEndsThem() {
        push(apisix, "d1", "jack");
        HeardSnapshots told = follow(apisix);
        told.awaitConsumers("jack");

        apisix.push("d2", "{\"routes\": [{\"id\": \"r1\", \"uri\": \"/\"}]}");

        told.awaitConsumers();
        assertThat(told.status().lastError()).isNull();
    }

    @Test
    void standaloneApisixRestartsEmptyAndConsumersStay() {
        push(apisix, "d1", "jack");
        HeardSnapshots told = follow(apisix);
        told.awaitConsumers("jack");

        apisix.restart();
        assertThat(told.awaitError("has no configuration"))
                .contains(apisix.uri().toString());
        assertThat(told.all()).hasSize(1);

        // The content may differ although the pusher gives the same digest.
        push(apisix, "d1", "rose");
        told.awaitConsumers("rose");
        told.awaitNoError();
    }

    @Test
    void consumersOfTheRunnerBeforeAreInForceWhileApisixIsEmpty() {
        push(apisix, "d1", "jack");
        HeardSnapshots before = follow(apisix);
        before.awaitConsumers("jack");
        await().until(() -> drawer.text().contains("jack"));
        before.close();
        apisix.restart();

        HeardSnapshots told = follow(apisix);
        ConsumerSnapshot kept = told.awaitConsumers("jack");
        assertThat(consumer(kept, "jack").credentials()).containsExactly(literal(null, "key-of-jack"));
        assertThat(kept.configuration().unseen())
                .as("only the consumers are kept")
                .isNotEmpty();
        told.awaitError("has no configuration");

        push(apisix, "d1", "jack");
        told.awaitComplete();
        told.awaitNoError();
        push(apisix, "d2", "rose");
        told.awaitConsumers("rose");
        await().until(() -> !drawer.text().contains("jack") && drawer.text().contains("rose"));
    }

    @Test
    void keptConsumersAreNotUsedWhileApisixIsAwayOrAnswers() {
        push(apisix, "d1", "jack");
        HeardSnapshots before = follow(apisix);
        before.awaitConsumers("jack");
        await().until(() -> drawer.text().contains("jack"));
        before.close();

        apisix.mood(Mood.FAILING);
        HeardSnapshots told = follow(apisix);
        told.awaitError("500");
        assertThat(told.all()).isEmpty();
        assertThat(told.status().synced()).isFalse();

        push(apisix, "d2", "rose");
        apisix.mood(Mood.WELL);
        told.awaitConsumers("rose");
        assertThat(told.all()).allSatisfy(some -> assertThat(some.consumers()).doesNotContainKey("jack"));
    }

    @Test
    void keptConsumersAreNotUsedWhileOneOfTheNodesIsAway() {
        keepJack();
        second.mood(Mood.FAILING);
        HeardSnapshots told = follow(apisix, second);
        told.awaitError("500");
        assertThat(told.all()).isEmpty();

        second.mood(Mood.WELL);
        told.awaitConsumers("jack");
    }

    @Test
    void keptConsumersAreTriedAgainAfterAFailedReadAndAFailedListener() {
        keepJack();
        drawer.failing.set(true);
        failFirst = true;

        HeardSnapshots told = follow(apisix);
        told.awaitConsumers("jack");
        assertThat(drawer.failing).isFalse();
        told.awaitError("has no configuration");
    }

    /** Leaves an APISIX that has forgotten what the runner before kept. */
    private void keepJack() {
        push(apisix, "d1", "jack");
        HeardSnapshots before = follow(apisix);
        before.awaitConsumers("jack");
        await().until(() -> drawer.text().contains("jack"));
        before.close();
        apisix.restart();
    }

    @Test
    void changeThatTheListenerFailsToTakeIsToldAgain() {
        push(apisix, "d1", "jack");
        HeardSnapshots told = follow(apisix);
        told.awaitConsumers("jack");

        told.failOnce();
        push(apisix, "d2", "rose");
        told.awaitConsumers("rose");
        told.awaitNoError();
        await().until(() -> drawer.text().contains("rose"));
    }

    @Test
    void keptConsumersThatCannotBeReadAreNotUsed(CapturedOutput output) {
        drawer.keep("{c4n4ry".getBytes(StandardCharsets.UTF_8));

        HeardSnapshots told = follow(apisix);
        told.awaitError("has no configuration");
        assertThat(told.all()).isEmpty();
        assertThat(output).contains("cannot be read").doesNotContain("c4n4ry");

        push(apisix, "d1", "jack");
        told.awaitConsumers("jack");
    }

    @Test
    void consumersAreKeptAgainWhenTheKeeperAsks() {
        push(apisix, "d1", "jack");
        HeardSnapshots told = follow(apisix);
        told.awaitConsumers("jack");
        await().until(() -> drawer.text().contains("jack"));

        drawer.content.set(null);
        drawer.due = true;

        await().until(() -> drawer.text().contains("jack"));
        assertThat(drawer.text()).doesNotContain("routes");
        assertThat(told.all()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Mood.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"WELL"})
    void badAnswerChangesNothingAndTheNextGoodOneDoes(Mood mood, CapturedOutput output) {
        push(apisix, "d1", "jack");
        HeardSnapshots told = follow(apisix);
        told.awaitConsumers("jack");

        apisix.mood(mood);
        apisix.push(
                "d2",
                "{\"consumers\": [{\"username\": \"rose\", \"plugins\": {\"key-auth\": {\"key\": \"c4n4ry\"}}}]}");
        assertThat(told.awaitError(apisix.uri().toString())).doesNotContain("c4n4ry");
        assertThat(told.status().synced()).isTrue();
        assertThat(told.all()).hasSize(1);

        apisix.mood(Mood.WELL);
        told.awaitConsumers("rose");
        told.awaitNoError();
        assertThat(output).doesNotContain("c4n4ry");
    }

    @Test
    void wrongAdminKeyAndAnApisixWithoutTheApiAreSaid(CapturedOutput output) {
        HeardSnapshots told = follow("c4n4ry-wrong-key", apisix);
        assertThat(told.awaitError("401"))
                .isEqualTo("the Admin API at " + apisix.uri() + " answered 401: check admin_key");
        assertThat(told.all()).isEmpty();

        apisix.mood(Mood.ABSENT);
        assertThat(told.awaitError("has no /apisix/admin/configs")).contains("APISIX 3.14 or newer");
        assertThat(output).doesNotContain("c4n4ry");
    }

    @Test
    void otherNodeIsFollowedWhenOneIsAwayOrEmpty() {
        push(apisix, "d1", "jack");
        push(second, "d1", "jack");
        HeardSnapshots told = follow(apisix, second);
        told.awaitConsumers("jack");

        apisix.mood(Mood.FAILING);
        push(second, "d2", "rose");
        told.awaitConsumers("rose");
        told.awaitNoError();

        apisix.mood(Mood.WELL);
        second.restart();
        push(apisix, "d3", "lily");
        told.awaitConsumers("lily");
        told.awaitNoError();
    }

    @Test
    void removedConsumerStaysRemovedWhileAnotherNodeLags() {
        push(second, "d1", "jack", "rose");
        apisix.clock(1_800_000_000);
        push(apisix, "d2", "rose");
        HeardSnapshots told = follow(apisix, second);
        told.awaitConsumers("rose");

        apisix.mood(Mood.FAILING);
        told.awaitError("has an older configuration than the one in force");
        awaitRounds(second);

        assertThat(told.all()).allSatisfy(some -> assertThat(some.consumers()).doesNotContainKey("jack"));
    }

    @Test
    void secretObjectsOfTheConfigurationAreRead() throws Exception {
        apisix.push("d1", """
                {"secrets": [{"id": "vault/prod", "uri": "http://127.0.0.1:8200", "prefix": "kv", "token": "t"}]}
                """);
        HeardSnapshots told = follow(apisix);
        told.awaitConsumers();

        assertThat(told.source().secretObjects()).hasSize(1);
    }

    private static void push(ApisixStandalone to, String digest, String... consumers) {
        to.push(
                digest,
                Stream.of(consumers)
                        .map(name -> "{\"username\":\"%s\",\"plugins\":{\"key-auth\":{\"key\":\"key-of-%s\"}}}"
                                .formatted(name, name))
                        .collect(Collectors.joining(",", "{\"consumers\":[", "]}")));
    }

    /** Waits until the source has asked some times more. */
    private static void awaitRounds(ApisixStandalone node) {
        int before = node.asked();
        await().until(() -> node.asked() >= before + 3);
    }

    private HeardSnapshots follow(ApisixStandalone... nodes) {
        return follow(key, nodes);
    }

    private HeardSnapshots follow(String adminKey, ApisixStandalone... nodes) {
        Problems problems = new Problems();
        Settings settings = Settings.root(
                Map.of(
                        "source",
                        "standalone-api",
                        "standalone-api",
                        Map.of(
                                "addresses",
                                Stream.of(nodes)
                                        .map(node -> node.uri().toString())
                                        .toList(),
                                "admin_key",
                                "$env://ADMIN_KEY",
                                "interval",
                                "100ms",
                                "timeout",
                                "2s")),
                problems);
        ConsumerSource source = ConsumerSources.create(settings, digester, Map.of("ADMIN_KEY", adminKey));
        assertThat(problems.lines()).isEqualTo(List.of());
        source.keepWith(drawer);
        HeardSnapshots told = new HeardSnapshots(source, failFirst);
        heard = told;
        return told;
    }

    private Credential literal(@Nullable String id, String key) {
        return new Credential.KeyAuth(id, CredentialText.Literal.of(Secret.ofUtf8(key), digester));
    }
}
