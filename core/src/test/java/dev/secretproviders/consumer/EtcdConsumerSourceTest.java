package dev.secretproviders.consumer;

import static dev.secretproviders.consumer.HeardSnapshots.consumer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.peers.Etcd;
import dev.secretproviders.peers.FaultProxy;
import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.store.etcd.EtcdAccess;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Tests with a real etcd. */
@ExtendWith(OutputCaptureExtension.class)
final class EtcdConsumerSourceTest {
    private static final Duration A_SECOND = Duration.ofSeconds(1);
    private static final Duration LONG_OUTAGE = Duration.ofSeconds(12);
    /** Two seconds are promised; one more is for a busy machine. */
    private static final Duration SOON = Duration.ofSeconds(3);

    private final KeyDigester digester = new KeyDigester();
    private final Etcd etcd = Etcd.start();
    private @Nullable HeardSnapshots heard;

    @AfterEach
    void stop() {
        if (heard != null) {
            heard.close();
        }
        etcd.close();
    }

    @Test
    void changesAreSeenWithinASecond() {
        put("jack", "auth-one");
        HeardSnapshots told = follow();
        told.awaitConsumers("jack");

        put("rose", "auth-rose");
        told.await(A_SECOND, now -> now.consumers().containsKey("rose"));
        put("jack", "auth-two");
        told.await(A_SECOND, now -> hasKeys(now, "jack", literal(null, "auth-two")));
        etcd.put("/apisix/consumers/jack/credentials/c1", "{\"plugins\":{\"key-auth\":{\"key\":\"auth-c1\"}}}");
        told.await(A_SECOND, now -> hasKeys(now, "jack", literal(null, "auth-two"), literal("c1", "auth-c1")));
        etcd.delete("/apisix/consumers/jack/credentials/c1");
        told.await(A_SECOND, now -> hasKeys(now, "jack", literal(null, "auth-two")));
        etcd.delete("/apisix/consumers/jack");
        told.await(A_SECOND, now -> now.consumers().keySet().equals(Set.of("rose")));
        etcd.deletePrefix("/apisix/consumers/");
        told.await(A_SECOND, now -> now.consumers().isEmpty());
    }

    @Test
    void manyConsumersAreReadPageByPage() {
        for (int i = 0; i < 6_500; i++) {
            put("user" + i, "auth-" + i);
        }
        put("zoe", "auth-zoe");

        ConsumerSnapshot all = follow().await(now -> !now.consumers().isEmpty());

        assertThat(all.consumers()).hasSize(6_501);
        assertThat(consumer(all, "user2499").credentials()).containsExactly(literal(null, "auth-2499"));
        assertThat(all.problems()).isEmpty();
    }

    @Test
    void encryptedKeysAreRead() {
        put("jack", KeyringTest.BAR);
        put("john", "never-encrypted");

        ConsumerSnapshot all = follow().awaitConsumers("jack", "john");

        assertThat(consumer(all, "jack").credentials()).containsExactly(literal(null, "bar"));
        assertThat(consumer(all, "john").credentials()).containsExactly(literal(null, "never-encrypted"));
    }

    @Test
    void encryptedTextThatNoKeyDecryptsIsNoKey() throws GeneralSecurityException {
        put("jack", KeyringTest.BAR);
        put("rose", KeyringTest.encrypt("another-key-of16", "key of rose"));

        ConsumerSnapshot all = follow().awaitConsumers("jack", "rose");

        assertThat(consumer(all, "rose").credentials()).isEmpty();
        assertThat(all.problems()).extracting(ConsumerProblem::resource).containsExactly("consumers/rose");
    }

    @Test
    void onlyConsumersOfThePrefixAreRead() {
        // APISIX marks its directories with this value (apisix/cli/etcd.lua).
        etcd.put("/apisix/consumers/", "init_dir");
        etcd.put("/apisix/consumersx", "{}");
        etcd.put("/apisix/routes/1", "{}");
        etcd.put("/other/consumers/john", "{\"username\":\"john\"}");
        put("jack", "auth-one");

        ConsumerSnapshot all = follow().awaitConsumers("jack");

        assertThat(all.problems()).isEmpty();
    }

    @Test
    void valueThatIsNoJsonIsReportedWithoutItsContent() {
        etcd.put("/apisix/consumers/jack", "{\"plugins\": c4n4ry");
        put("rose", "auth-rose");

        ConsumerSnapshot all = follow().awaitConsumers("rose");

        assertThat(all.problems())
                .containsExactly(new ConsumerProblem(
                        "consumers/jack", "its value in etcd is not well-formed JSON; write it again"));
    }

    @Test
    void compactionIsSurvived() {
        put("jack", "auth-one");
        HeardSnapshots told = follow();
        told.awaitConsumers("jack");

        // The watch's next revision is compacted when it can reconnect.
        etcd.stop();
        etcd.startAgain();

        for (int i = 0; i < 50; i++) {
            etcd.compact(put("jack", "auth-" + i));
        }
        told.await(now -> hasKeys(now, "jack", literal(null, "auth-49")));

        put("rose", "auth-rose");
        told.awaitConsumers("jack", "rose");
        assertThat(told.all()).noneMatch(now -> now.consumers().isEmpty());
    }

    @Test
    void whileEtcdIsDownTheLastConsumersStayInForce() {
        put("jack", "auth-one");
        HeardSnapshots told = follow();
        told.awaitConsumers("jack");
        told.await(now -> now.configuration().unseen().isEmpty());
        assertThat(told.status().lastError()).isNull();
        List<ConsumerSnapshot> before = told.all();

        etcd.stop();
        assertThat(told.awaitError("etcd")).doesNotContain("auth-one");
        assertThat(told.status().synced()).isTrue();
        assertThat(told.all()).isEqualTo(before);

        etcd.startAgain();
        told.awaitNoError();
        assertThat(told.all()).as("nothing changed, so nothing is told").isEqualTo(before);
        put("rose", "auth-rose");
        told.await(A_SECOND, now -> now.consumers().containsKey("rose"));
        assertThat(told.all()).noneMatch(now -> now.consumers().isEmpty());
    }

    @Test
    void returnAfterALongOutageIsNoticedSoonWithWhatWasDeletedMeanwhile(CapturedOutput output) throws Exception {
        put("jack", "auth-one");
        put("rose", "auth-rose");
        try (FaultProxy proxy = FaultProxy.before(etcd.endpoint())) {
            HeardSnapshots told = follow(Map.of("endpoints", List.of(proxy.uri().toString())));
            told.awaitConsumers("jack", "rose");
            proxy.refuse();
            told.awaitError("etcd");
            etcd.delete("/apisix/consumers/rose");
            // By then the attempts of the client alone are some seconds apart.
            Thread.sleep(LONG_OUTAGE);
            assertThat(told.all().getLast().consumers()).containsOnlyKeys("jack", "rose");

            proxy.forward();

            told.await(SOON, now -> now.consumers().keySet().equals(Set.of("jack")));
            told.awaitNoError();
            assertThat(output).containsOnlyOnce("consumers from etcd are read again");
        }
    }

    @Test
    void afterAnOutageOnlyTheChangesSinceAreRead() {
        for (int i = 0; i < 20; i++) {
            put("user" + i, "auth-" + i);
        }
        etcd.put("/apisix/routes/7", "{\"plugins\":{\"x\":{\"y\":\"$secret://vault/prod/a/b\"}}}");
        try (FaultProxy proxy = FaultProxy.before(etcd.endpoint())) {
            // However long it takes here, the outage is a short one.
            EtcdAccess access = new EtcdAccess(List.of(proxy.uri().toString()), "/apisix", null, null, SOON);
            HeardSnapshots told = new HeardSnapshots(
                    new EtcdConsumerSource(access, new GatewayTable(digester, null), Duration.ofDays(1)));
            heard = told;
            told.await(now -> now.configuration().usages().size() == 1
                    && now.configuration().unseen().isEmpty());
            long before = etcd.rangeRequests();
            proxy.refuse();
            told.awaitError("etcd");
            etcd.delete("/apisix/consumers/user1");
            put("user2", "auth-other");
            etcd.delete("/apisix/routes/7");

            proxy.forward();

            ConsumerSnapshot now = told.await(state -> state.consumers().size() == 19
                    && hasKeys(state, "user2", literal(null, "auth-other"))
                    && state.configuration().usages().isEmpty());
            assertThat(now.consumers()).doesNotContainKey("user1");
            assertThat(etcd.rangeRequests() - before)
                    .as("less than one for each directory")
                    .isLessThan(1 + GatewayTable.OTHERS.size());
        }
    }

    @Test
    void etcdThatWasRestoredMeanwhileIsReadAgainThoughItsRevisionIsLater() {
        put("jack", "auth-one");
        put("rose", "auth-rose");
        // Each start is an election.
        etcd.stop();
        etcd.startAgain();
        try (FaultProxy proxy = FaultProxy.before(etcd.endpoint())) {
            HeardSnapshots told = followThrough(proxy);
            proxy.refuse();
            told.awaitError("etcd");
            etcd.stop();
            etcd.startEmpty();
            changeJackOften(etcd);

            proxy.forward();

            told.await(now -> now.consumers().keySet().equals(Set.of("jack")));
        }
    }

    @Test
    void etcdThatMayHaveBeenRestoredIsReadAgainAfterALongOutage() throws Exception {
        put("jack", "auth-one");
        put("rose", "auth-rose");
        try (FaultProxy proxy = FaultProxy.before(etcd.endpoint())) {
            HeardSnapshots told = followThrough(proxy);
            proxy.refuse();
            etcd.stop();
            etcd.startEmpty();
            changeJackOften(etcd);
            Thread.sleep(LONG_OUTAGE);

            proxy.forward();

            told.await(now -> now.consumers().keySet().equals(Set.of("jack")));
            put("john", "auth-john");
            told.awaitConsumers("jack", "john");
        }
    }

    @Test
    void anotherEtcdAtTheSameAddressIsReadAgain() {
        put("jack", "auth-one");
        put("rose", "auth-rose");
        try (Etcd other = Etcd.start();
                FaultProxy proxy = FaultProxy.before(etcd.endpoint())) {
            other.stop();
            other.startAgain();
            HeardSnapshots told = followThrough(proxy);
            changeJackOften(other);

            proxy.leadTo(other.endpoint());

            told.await(now -> now.consumers().keySet().equals(Set.of("jack")));
        }
    }

    /** Follows until etcd has told of itself, which it does after some seconds without a change. */
    private HeardSnapshots followThrough(FaultProxy proxy) {
        HeardSnapshots told = follow(Map.of("endpoints", List.of(proxy.uri().toString())));
        told.awaitConsumers("jack", "rose");
        told.await(now -> now.configuration().unseen().isEmpty());
        Instant first = Objects.requireNonNull(told.status().lastSuccess());
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> Objects.requireNonNull(told.status().lastSuccess()).isAfter(first.plusSeconds(2)));
        return told;
    }

    private static void changeJackOften(Etcd etcd) {
        for (int i = 0; i < 20; i++) {
            put(etcd, "jack", "auth-" + i);
        }
    }

    @Test
    void etcdThatHangsIsNoticed() {
        put("jack", "auth-one");
        HeardSnapshots told = follow();
        told.awaitConsumers("jack");

        etcd.pause();
        try {
            told.awaitError("etcd");
        } finally {
            etcd.resume();
        }

        put("rose", "auth-rose");
        told.awaitConsumers("jack", "rose");
        told.awaitNoError();
    }

    @Test
    void etcdThatComesLaterIsFound() {
        etcd.stop();
        HeardSnapshots told = follow();
        told.awaitError("etcd");
        assertThat(told.status().synced()).isFalse();
        assertThat(told.all()).isEmpty();

        etcd.startAgain();
        put("jack", "auth-one");
        told.awaitConsumers("jack");
    }

    @Test
    void userAndPasswordAreSentAndRenewed() {
        put("jack", "auth-one");
        etcd.enableAuth("c4n4ry-password");
        HeardSnapshots told = follow(Map.of("username", "root", "password", "$env://ETCD_PASSWORD"));
        told.awaitConsumers("jack");

        // After a restart, etcd does not know the simple tokens that it issued.
        etcd.stop();
        told.awaitError("etcd");
        etcd.startAgain();
        told.awaitNoError();
        put("rose", "auth-rose");
        told.awaitConsumers("jack", "rose");
    }

    @Test
    void wrongPasswordIsSaidWithoutThePassword() {
        etcd.enableAuth("right");

        HeardSnapshots told = follow(Map.of("username", "root", "password", "$env://ETCD_PASSWORD"));

        assertThat(told.awaitError("etcd")).doesNotContain("c4n4ry-password");
        assertThat(told.all()).isEmpty();
    }

    private HeardSnapshots follow() {
        return follow(Map.of());
    }

    private HeardSnapshots follow(Map<String, ?> more) {
        Map<String, Object> section = new HashMap<>(more);
        section.putIfAbsent("endpoints", List.of(etcd.endpoint().toString()));
        section.put("timeout", "2s");
        Problems problems = new Problems();
        Settings settings = Settings.root(Map.of("source", "etcd", "etcd", section), problems);
        ConsumerSource source = ConsumerSources.create(settings, digester, Map.of("ETCD_PASSWORD", "c4n4ry-password"));
        assertThat(problems.lines()).isEmpty();
        HeardSnapshots told = new HeardSnapshots(source);
        heard = told;
        return told;
    }

    private long put(String username, String key) {
        return put(etcd, username, key);
    }

    private static long put(Etcd etcd, String username, String key) {
        return etcd.put(
                "/apisix/consumers/" + username,
                "{\"username\":\"%s\",\"plugins\":{\"key-auth\":{\"key\":\"%s\"}}}".formatted(username, key));
    }

    private static boolean hasKeys(ConsumerSnapshot snapshot, String username, Credential... credentials) {
        Consumer consumer = snapshot.consumers().get(username);
        return consumer != null && consumer.credentials().equals(List.of(credentials));
    }

    private Credential literal(@Nullable String id, String key) {
        return new Credential.KeyAuth(id, CredentialText.Literal.of(Secret.ofUtf8(key), digester));
    }

    @Test
    void referencesInRoutesAndSecretObjectsAreSeenAndFollowed() throws Exception {
        put("jack", "auth-one");
        etcd.put("/apisix/routes/7", "{\"plugins\":{\"x\":{\"y\":\"$secret://vault/prod/a/b\"}}}");
        etcd.put("/apisix/secrets/vault/prod", "{\"uri\":\"http://v:8200\",\"token\":\"c4n4ry\"}");
        HeardSnapshots told = follow();

        told.await(now -> now.configuration().usages().size() == 1);
        etcd.put("/apisix/ssls/1", "{\"key\":\"$secret://vault/prod/ssl/key\"}");
        told.await(now -> now.configuration().usages().size() == 2);
        etcd.delete("/apisix/routes/7");
        told.await(now -> now.configuration().usages().size() == 1);

        assertThat(told.source().secretObjects()).singleElement().satisfies(object -> {
            assertThat(object.manager() + "/" + object.id()).isEqualTo("vault/prod");
            assertThat(object.toString()).doesNotContain("c4n4ry");
        });
    }

    @Test
    void userWhoMayReadTheConsumersOnlyIsEnough(CapturedOutput output) {
        put("jack", "auth-one");
        etcd.put("/apisix/routes/7", "{\"plugins\":{\"x\":{\"y\":\"$secret://vault/prod/a/b\"}}}");
        etcd.enableAuth("of-root");
        etcd.addReader("reader", "c4n4ry-password", "/apisix/consumers/");
        HeardSnapshots told = follow(Map.of("username", "reader", "password", "$env://ETCD_PASSWORD"));

        told.awaitConsumers("jack");
        put("rose", "auth-two");
        ConsumerSnapshot both = told.awaitConsumers("jack", "rose");

        assertThat(both.configuration().unseen()).isNotEmpty();
        assertThat(both.configuration().usages()).isEmpty();
        told.awaitNoError();
        assertThat(output)
                .contains("references in routes are not known")
                .as("it does not begin again and again")
                .doesNotContain("the last known ones stay in force");
    }
}
