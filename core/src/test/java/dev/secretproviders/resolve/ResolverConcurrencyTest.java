package dev.secretproviders.resolve;

import static dev.secretproviders.resolve.ResolverFixture.reference;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.value.Use;
import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many threads retain, release, refresh and read at once, on the resolver's own threads and clock. */
class ResolverConcurrencyTest {
    private static final Duration RUN = Duration.ofSeconds(3);
    private static final int SECRETS = 50;

    private final ScriptedProvider provider = new ScriptedProvider("prod");

    /** Each answer has two fields that name one version, so a mixture of versions would show. */
    private void scriptAnswers() {
        AtomicInteger versions = new AtomicInteger();
        for (int i = 0; i < SECRETS; i++) {
            provider.answer("s" + i, request -> {
                int dice = ThreadLocalRandom.current().nextInt(20);
                if (dice == 0) {
                    throw new ProviderException(Kind.UNAVAILABLE, "scripted");
                }
                if (dice == 1) {
                    throw new IllegalStateException("scripted");
                }
                if (dice == 2) {
                    return new FetchResult.Gone("scripted");
                }
                if (dice < 8 && request.knownVersion() != null) {
                    return new FetchResult.Unchanged();
                }
                Thread.sleep(ThreadLocalRandom.current().nextInt(3));
                String version = "v" + versions.incrementAndGet();
                return new FetchResult.Found(provider.version(version, null, "a", version, "b", version));
            });
        }
    }

    @Test
    @Timeout(30)
    void invariantsHoldUnderLoadAndEverythingIsResolvedAfterIt() throws Exception {
        scriptAnswers();
        provider.batchSize = 3;
        List<Registered> managed = List.of(new Registered(provider, ResolverFixture.policy(Duration.ofMillis(200))));
        try (Resolver resolver = Resolver.start(managed, new KeyDigester());
                ExecutorService threads = Executors.newFixedThreadPool(6)) {
            long end = System.nanoTime() + RUN.toNanos();
            List<Future<Integer>> running = new ArrayList<>();
            running.add(threads.submit(
                    repeat(end, () -> resolver.retain(Resolver.CONSUMERS, Use.DIGEST.of(someReferences())))));
            running.add(threads.submit(
                    repeat(end, () -> resolver.retain(Resolver.CONSUMERS, Use.DIGEST.of(someReferences())))));
            running.add(threads.submit(repeat(end, () -> resolver.refresh(provider.id, List.of()))));
            for (int i = 0; i < 3; i++) {
                running.add(threads.submit(repeat(end, () -> readAndCheck(resolver))));
            }
            for (Future<Integer> each : running) {
                assertThat(each.get(20, TimeUnit.SECONDS)).isPositive();
            }
            Set<SecretReference> all = new HashSet<>();
            for (int i = 0; i < SECRETS; i++) {
                provider.put("s" + i, "last", "a", "last", "b", "last");
                all.add(reference("s" + i + "/a"));
            }
            resolver.retain(Resolver.CONSUMERS, Use.DIGEST.of(all));
            await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
                resolver.refresh(provider.id, List.of());
                assertThat(resolver.resolutions()).hasSize(SECRETS).allMatch(ResolverConcurrencyTest::isLast);
            });
            assertThat(provider.mostAtOnce.get()).isLessThanOrEqualTo(ResolverFixture.MAX_CONCURRENCY);
            resolver.retain(Resolver.CONSUMERS, Map.of());
            await().until(() -> resolver.heldVersions() == 0 && provider.notWiped() == 0);
        }
    }

    private static boolean isLast(Resolution resolution) {
        ResolvedValue current = resolution.current();
        return current != null && current.version().id().equals("last");
    }

    private static void readAndCheck(Resolver resolver) {
        long before = resolver.ticker().read();
        for (Resolution resolution : resolver.resolutions()) {
            assertThat(resolution.current() != null)
                    .isEqualTo(resolution.state().usable());
            ResolvedValue current = resolution.current();
            if (current != null) {
                assertThat(resolution.previous())
                        .noneMatch(previous -> previous.digest().equals(current.digest()));
            }
            assertThat(resolution.previous()).allMatch(previous -> previous.digest() != null);
        }
        // Both fields of a secret come from one version at any moment.
        for (int i = 0; i < SECRETS; i++) {
            String name = "s" + i;
            List<ResolvedValue> both = resolver.resolutions().stream()
                    .filter(resolution -> name.equals(resolution.path()))
                    .flatMap(resolution -> java.util.stream.Stream.ofNullable(resolution.current()))
                    .toList();
            assertThat(both.stream().map(ResolvedValue::digest).distinct()).hasSizeLessThanOrEqualTo(1);
        }
        assertThat(resolver.ticker().read()).isGreaterThanOrEqualTo(before);
    }

    private static Set<SecretReference> someReferences() {
        Set<SecretReference> wanted = new HashSet<>();
        IntStream.range(0, SECRETS)
                .filter(i -> ThreadLocalRandom.current().nextBoolean())
                .forEach(i -> {
                    wanted.add(reference("s" + i + "/a"));
                    wanted.add(reference("s" + i + "/b"));
                });
        return wanted;
    }

    private static Callable<Integer> repeat(long end, Runnable work) {
        return () -> {
            int times = 0;
            while (System.nanoTime() - end < 0) {
                work.run();
                times++;
            }
            return times;
        };
    }
}
