package dev.secretproviders.provider.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.secretproviders.limits.Outbound;
import dev.secretproviders.provider.shared.TlsSettings;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretPath;
import dev.secretproviders.spi.SecretProvider;
import dev.secretproviders.spi.testkit.ProviderContract;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The cluster reports changes of secrets, without polling. */
final class NamespaceWatchTest {
    private static final SecretPath JACK = SecretPath.current("shop/jack");
    private static final String REFERENCE = "$secret://kubernetes/test/shop/jack/key";
    private static final String REFUSED_BY_EVENT = "the secrets of namespace shop are not watched and are fetched when"
            + " their ttl ends: the API server broke off the watch of 'shop'";

    private final LinkedBlockingQueue<SecretPath> told = new LinkedBlockingQueue<>();
    private ApiServer cluster;
    private SecretProvider provider;

    @BeforeEach
    void start() throws IOException {
        cluster = new ApiServer();
        provider = provider(Duration.ofMinutes(4), Duration.ofMinutes(5));
        cluster.put("shop", "jack", Map.of("key", "one"));
        cluster.put("shop", "jill", Map.of("key", "canary-value"));
    }

    @AfterEach
    void stop() {
        provider.close();
        cluster.close();
    }

    @Test
    void changeIsToldWithinASecond() throws Exception {
        follow();

        long start = System.nanoTime();
        cluster.put("shop", "jack", Map.of("key", "two"));

        assertThat(next()).isEqualTo(JACK);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("two");
    }

    @Test
    void deletionIsTold() throws Exception {
        follow();

        cluster.delete("shop", "jack", false);

        assertThat(next()).isEqualTo(JACK);
        assertThat(ProviderContract.resolve(provider, REFERENCE)).isInstanceOf(FetchResult.Missing.class);
    }

    @Test
    void secretsThatNobodyReferredToAreNotTold() throws Exception {
        follow();

        cluster.put("shop", "jill", Map.of("key", "other"));
        cluster.put("shop", "jack", Map.of("key", "two"));

        assertThat(next()).isEqualTo(JACK);
        assertThat(told).isEmpty();
    }

    @Test
    void secondSecretOfANamespaceNeedsNoSecondWatch() throws Exception {
        follow();

        ProviderContract.value(provider, "$secret://kubernetes/test/shop/jill/key");
        cluster.put("shop", "jill", Map.of("key", "other"));

        assertThat(next()).isEqualTo(SecretPath.current("shop/jill"));
        assertThat(cluster.watches()).hasSize(1);
    }

    @Test
    void noValueGoesOverTheWatch() throws Exception {
        follow();
        cluster.put("shop", "jack", Map.of("key", "canary-value"));
        next();

        assertThat(cluster.seenByWatches()).contains("jack", "MODIFIED").doesNotContain("\"data\"", "Y2FuYXJ5");
    }

    @Test
    void brokenWatchGoesOnFromTheVersionItSawAndMissesNothing() throws Exception {
        follow();
        cluster.watchStatus(503);
        cluster.breakWatches();
        cluster.put("shop", "jack", Map.of("key", "two"));

        cluster.watchStatus(200);

        assertThat(next()).isEqualTo(JACK);
        assertThat(cluster.watches().getFirst()).isEmpty();
        assertThat(cluster.watches().getLast()).isNotEmpty();
    }

    @Test
    void watchThatIsTooFarBehindBeginsAnewAndTellsWhatWasDeletedMeanwhile() throws Exception {
        follow();
        cluster.watchStatus(503);
        cluster.breakWatches();
        cluster.delete("shop", "jack", false);
        cluster.compact();

        cluster.watchStatus(200);

        assertThat(next()).isEqualTo(JACK);
        assertThat(cluster.watches().getLast()).isEmpty();

        told.clear();
        cluster.put("shop", "jack", Map.of("key", "three"));
        assertThat(next()).isEqualTo(JACK);
    }

    @Test
    void versionThatIsRefusedOutrightBeginsAnewToo() throws Exception {
        follow();
        cluster.watchStatus(410);
        cluster.breakWatches();
        await(() -> cluster.watches().size() >= 3);

        cluster.watchStatus(200);

        assertThat(next()).isEqualTo(JACK);
        assertThat(cluster.watches().getLast()).isEmpty();
    }

    @Test
    void watchThatIsForbiddenLeavesReadsAloneAndIsTriedAgainLater() throws Exception {
        provider.close();
        provider = provider(Duration.ofMinutes(4), Duration.ofMillis(300));
        cluster.watchStatus(403);

        assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        await(() -> cluster.watches().size() >= 2);
        assertThat(told).isEmpty();

        cluster.watchStatus(200);
        assertThat(next()).isEqualTo(JACK);
    }

    /** As an API server does that does not support the watch. Each start must not read every secret again. */
    @Test
    void watchThatIsRefusedByAnEventIsComplainedAboutOnceAndReadsNothingAgain() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(NamespaceWatch.class);
        ListAppender<ILoggingEvent> captured = new ListAppender<>();
        captured.start();
        logger.addAppender(captured);
        try {
            cluster.refuseWatchesByEvent(true);
            assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
            await(() -> cluster.watches().size() >= 4);
            assertThat(told).containsExactly(JACK);
            assertThat(warnings(captured)).containsExactly(REFUSED_BY_EVENT);

            cluster.delete("shop", "jack", false);
            cluster.refuseWatchesByEvent(false);
            next();
            assertThat(next())
                    .as("told when the watch works, because no event tells it")
                    .isEqualTo(JACK);

            await(() -> cluster.seenByWatches().contains("BOOKMARK"));
            cluster.refuseWatchesByEvent(true);
            cluster.breakWatches();
            await(() -> warnings(captured).size() == 2);
            assertThat(warnings(captured)).containsOnly(REFUSED_BY_EVENT);
        } finally {
            logger.detachAppender(captured);
        }
    }

    private static List<String> warnings(ListAppender<ILoggingEvent> captured) {
        List<ILoggingEvent> lines;
        // As its method that appends does.
        synchronized (captured) {
            lines = List.copyOf(captured.list);
        }
        return lines.stream()
                .filter(line -> line.getLevel().isGreaterOrEqual(Level.WARN))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Test
    void silentWatchIsGivenUpAndTakenUpAgain() throws Exception {
        provider.close();
        provider = provider(Duration.ofMillis(200), Duration.ofMinutes(5));
        follow();

        await(() -> cluster.watches().size() >= 2);

        assertThat(cluster.watches().get(1)).isNotEmpty();
    }

    @Test
    void closedProviderWatchesNoMore() throws Exception {
        follow();

        provider.close();
        cluster.breakWatches();
        cluster.put("shop", "jack", Map.of("key", "two"));

        assertThat(told.poll(500, TimeUnit.MILLISECONDS)).isNull();
        assertThat(cluster.watches()).hasSize(1);
    }

    @Test
    void providerThatNobodyListensToDoesNotWatch() throws Exception {
        try (SecretProvider trial = new KubernetesProvider(
                new ProviderId("kubernetes", "trial"),
                client(Duration.ofMinutes(4)),
                "default",
                pauses(Duration.ZERO))) {
            assertThat(ProviderContract.value(trial, REFERENCE)).isEqualTo("one");
        }

        assertThat(cluster.watches()).isEmpty();
    }

    /** Reads the secret and waits until it is watched. */
    private void follow() throws Exception {
        assertThat(ProviderContract.value(provider, REFERENCE)).isEqualTo("one");
        // Reported once when the watch begins and once as part of the initial state.
        await(() -> cluster.seenByWatches().contains("BOOKMARK"));
        assertThat(next()).isEqualTo(JACK);
        assertThat(next()).isEqualTo(JACK);
    }

    private SecretPath next() throws InterruptedException {
        return Objects.requireNonNull(told.poll(20, TimeUnit.SECONDS), "a change is reported");
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() < end) {
            Thread.sleep(10);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    private SecretProvider provider(Duration watchLength, Duration forbidden) {
        SecretProvider created = new KubernetesProvider(
                new ProviderId("kubernetes", "test"), client(watchLength), "default", pauses(forbidden));
        created.onChange(this::tell);
        return created;
    }

    private void tell(List<SecretPath> paths) {
        told.addAll(paths);
    }

    private static NamespaceWatch.Pauses pauses(Duration forbidden) {
        return new NamespaceWatch.Pauses(Duration.ofMillis(50), Duration.ofMillis(200), forbidden);
    }

    private KubernetesClient client(Duration watchLength) {
        return new KubernetesClient(
                new ClusterSource.Configured(
                        new ClusterAccess(cluster.address(), TlsSettings.DEFAULT, () -> Secret.ofUtf8("token-1"))),
                Outbound.UNLIMITED,
                Duration.ofSeconds(30).compareTo(watchLength) > 0 ? Duration.ofSeconds(2) : Duration.ofSeconds(30),
                watchLength);
    }
}
