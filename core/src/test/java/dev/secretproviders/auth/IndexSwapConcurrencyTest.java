package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision.Reason;
import dev.secretproviders.auth.key.KeyAuthConfig;
import dev.secretproviders.auth.key.KeyAuthenticator;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.resolve.ResolverFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Readers decide while the directory publishes. A valid key is never refused, an unknown key never accepted. */
class IndexSwapConcurrencyTest {
    private static final Duration RUN = Duration.ofSeconds(3);

    @Test
    @Timeout(30)
    void validKeysAreAcceptedAndUnknownOnesRefusedWhileIndexesAreSwapped() throws Exception {
        try (ResolverFixture secrets = new ResolverFixture();
                ExecutorService builder = Executors.newSingleThreadExecutor();
                ExecutorService readers = Executors.newFixedThreadPool(3)) {
            CredentialDirectory directory = new CredentialDirectory(secrets.resolver, builder, List.of());
            directory.changed(snapshot(secrets, 0));
            builder.submit(() -> {}).get(5, TimeUnit.SECONDS);
            secrets.provider.put("jack", "1", "key", "jack-key");
            secrets.drain();
            builder.submit(() -> {}).get(5, TimeUnit.SECONDS);
            long firstIndex = directory.sequence();

            KeyAuthenticator route = new KeyAuthenticator(
                    KeyAuthConfig.parse("{}"),
                    new AuthContext(directory, secrets.digester, secrets.ticker(), UnresolvedAnswer.UNAVAILABLE));
            AtomicBoolean stop = new AtomicBoolean();
            Map<String, Reason> wrong = new ConcurrentHashMap<>();
            List<Future<Integer>> reading = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                reading.add(readers.submit(() -> {
                    int times = 0;
                    for (; !stop.get(); times++) {
                        decide(route, "jack-key", Reason.ACCEPTED, wrong);
                        decide(route, "always", Reason.ACCEPTED, wrong);
                        decide(route, "moving", Reason.ACCEPTED, wrong);
                        decide(route, "unknown", Reason.INVALID_KEY, wrong);
                    }
                    return times;
                }));
            }
            long end = System.nanoTime() + RUN.toNanos();
            for (int round = 1; System.nanoTime() - end < 0; round++) {
                directory.changed(snapshot(secrets, round));
                if (round % 3 == 0) {
                    // The index in force keeps accepting the same value under a new version.
                    secrets.provider.put("jack", "v" + round, "key", "jack-key");
                    secrets.provider.announceChange();
                    secrets.drain();
                }
            }
            stop.set(true);
            for (Future<Integer> each : reading) {
                assertThat(each.get(5, TimeUnit.SECONDS)).isGreaterThan(100);
            }
            builder.submit(() -> {}).get(5, TimeUnit.SECONDS);
            assertThat(wrong).isEmpty();
            assertThat(directory.sequence()).isGreaterThan(firstIndex + 10);
        }
    }

    private static void decide(KeyAuthenticator route, String key, Reason expected, Map<String, Reason> wrong) {
        Reason reason = route.decide(new ListedRequest().header("apikey", key)).reason();
        if (reason != expected) {
            wrong.put(key, reason);
        }
    }

    private static ConsumerSnapshot snapshot(ResolverFixture secrets, int round) {
        Map<String, Consumer> consumers = new HashMap<>();
        add(consumers, "jack", new CredentialText.Referenced(ResolverFixture.reference("jack/key")));
        add(consumers, "always", new CredentialText.Literal(secrets.digest("always"), false));
        // It goes from one consumer to another in one step.
        add(consumers, "holder-" + round % 2, new CredentialText.Literal(secrets.digest("moving"), false));
        for (int i = 0; i < 20; i++) {
            add(
                    consumers,
                    "c" + round + "-" + i,
                    new CredentialText.Literal(secrets.digest("k" + round + "-" + i), false));
        }
        return new ConsumerSnapshot(consumers, List.of());
    }

    private static void add(Map<String, Consumer> consumers, String username, CredentialText key) {
        consumers.put(username, new Consumer(username, null, List.of(new Credential.KeyAuth(null, key))));
    }
}
