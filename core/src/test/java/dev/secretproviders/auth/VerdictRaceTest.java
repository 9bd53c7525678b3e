package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.key.KeyVerdicts;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.resolve.ResolverFixture;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Verdicts are requested while keys change their owners. A verdict that a change has overtaken is not kept. */
class VerdictRaceTest {
    private static final Duration RUN = Duration.ofSeconds(3);

    /** The verdict that one worker remembers by the protocol's rule. */
    private static final class Worker {
        private long heard;
        private @Nullable CredentialName remembered;

        synchronized void hear(IndexChange change) {
            heard = change.sequence();
            if (change.all() || (remembered != null && change.credentials().contains(remembered))) {
                remembered = null;
            }
        }

        synchronized void keep(Verdict verdict) {
            if (verdict.sequence() >= heard && verdict instanceof Verdict.Accepted accepted) {
                remembered = accepted.credential();
            }
        }

        synchronized @Nullable CredentialName remembered() {
            return remembered;
        }
    }

    @Test
    @Timeout(60)
    void whatIsRememberedOfAKeyIsNeverWhoHadItBefore() throws Exception {
        try (ResolverFixture secrets = new ResolverFixture();
                ExecutorService builder = Executors.newSingleThreadExecutor();
                ExecutorService asking = Executors.newFixedThreadPool(2)) {
            // With a stopped clock, no build is postponed.
            CredentialDirectory directory =
                    new CredentialDirectory(secrets.resolver, builder, List.of(), secrets::clock, (task, delay) -> {});
            Worker worker = new Worker();
            directory.addListener(worker::hear);
            KeyVerdicts verdicts = new KeyVerdicts(
                    new AuthContext(directory, secrets.digester, secrets.ticker(), UnresolvedAnswer.UNAVAILABLE));
            AtomicBoolean stop = new AtomicBoolean();
            List<Future<Integer>> askers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                askers.add(asking.submit(() -> {
                    int asked = 0;
                    for (; !stop.get(); asked++) {
                        byte[] key = "the-key".getBytes(StandardCharsets.UTF_8);
                        worker.keep(verdicts.of(key, key.length));
                    }
                    return asked;
                }));
            }
            List<String> wrong = new ArrayList<>();
            long end = System.nanoTime() + RUN.toNanos();
            int rounds = 0;
            for (; System.nanoTime() - end < 0; rounds++) {
                String owner = "owner-" + rounds;
                directory.changed(snapshot(secrets, owner));
                builder.submit(() -> {}).get(5, TimeUnit.SECONDS);
                CredentialName remembered = worker.remembered();
                if (remembered != null && !remembered.username().equals(owner)) {
                    wrong.add(remembered + " in place of " + owner);
                }
            }
            stop.set(true);
            for (Future<Integer> asker : askers) {
                assertThat(asker.get(5, TimeUnit.SECONDS)).isGreaterThan(1_000);
            }
            assertThat(wrong).isEmpty();
            assertThat(rounds).isGreaterThan(100);
        }
    }

    private static ConsumerSnapshot snapshot(ResolverFixture secrets, String owner) {
        Map<String, Consumer> consumers = new HashMap<>();
        consumers.put(
                owner,
                new Consumer(
                        owner,
                        null,
                        List.of(new Credential.KeyAuth(
                                null, new CredentialText.Literal(secrets.digest("the-key"), false)))));
        return new ConsumerSnapshot(consumers, List.of());
    }
}
