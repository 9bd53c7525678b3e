package dev.secretproviders.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.provider.AccessRules;
import dev.secretproviders.provider.ProviderException;
import dev.secretproviders.provider.ProviderException.Kind;
import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.provider.SecretPath;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FetchBudgetTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final ScriptedProvider provider = new ScriptedProvider("prod");

    private ProviderLane lane(int fetchesPerMinute) {
        return new ProviderLane(
                provider,
                new ProviderPolicy(
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(30),
                        Duration.ofHours(24),
                        Duration.ZERO,
                        8,
                        fetchesPerMinute,
                        AccessRules.OPEN));
    }

    @Test
    void tenThousandReferencesStayWithinBudgetAndConcurrencyAndFinishInTheOrderAsked() {
        ProviderLane lane = lane(600);
        List<String> asked = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            asked.add("secret-" + i);
            lane.entry(SecretPath.current("secret-" + i), 0);
        }
        List<String> fetched = new ArrayList<>();
        ArrayDeque<Long> lastMinute = new ArrayDeque<>();
        ArrayDeque<SecretEntry> open = new ArrayDeque<>();
        long now = 0;
        for (int step = 0; step < 100_000 && fetched.size() < 10_000; step++) {
            for (List<SecretEntry> batch = lane.next(now); !batch.isEmpty(); batch = lane.next(now)) {
                open.addAll(batch);
                lastMinute.add(now);
            }
            long minuteAgo = now - 60 * SECOND;
            lastMinute.removeIf(when -> when <= minuteAgo);
            assertThat(lastMinute.size()).isLessThanOrEqualTo(600);
            assertThat(open.size()).isLessThanOrEqualTo(8);
            while (!open.isEmpty()) {
                SecretEntry entry = open.remove();
                fetched.add(entry.path.name());
                entry.denied("none", false, now);
                lane.answered(Instant.EPOCH);
                lane.finished(entry, now, now + Duration.ofDays(1).toNanos());
            }
            now = Math.max(now + SECOND / 100, Math.min(lane.wakeAt(now), now + SECOND));
        }
        assertThat(fetched).isEqualTo(asked);
        assertThat(lane.effectiveTtl()).isGreaterThan(Duration.ofMinutes(20));
    }

    @Test
    void firstFetchGoesBeforeRefreshesThatAreDueLonger() {
        ProviderLane lane = lane(0);
        SecretEntry old = lane.entry(SecretPath.current("old"), 0);
        lane.next(0);
        lane.answered(Instant.EPOCH);
        old.denied("none", false, 0);
        lane.finished(old, 0, SECOND);
        lane.entry(SecretPath.current("new"), 5 * SECOND);

        assertThat(lane.next(5 * SECOND)).extracting(entry -> entry.path.name()).containsExactly("new");
        assertThat(lane.next(5 * SECOND)).extracting(entry -> entry.path.name()).containsExactly("old");
    }

    @Test
    void breakerStaysOpenForAsLongAsTheManagerAsked() {
        ProviderLane lane = lane(0);
        SecretEntry entry = lane.entry(SecretPath.current("a"), 0);
        lane.next(0);
        assertThat(lane.breaker(0)).isEqualTo(ProviderStatus.Breaker.CLOSED);
        lane.failed(
                0,
                new Random(1),
                new ProviderException(Kind.THROTTLED, "scripted", Duration.ofSeconds(30)),
                Instant.EPOCH);
        lane.finished(entry, 0, 0);

        assertThat(lane.breaker(29 * SECOND)).isEqualTo(ProviderStatus.Breaker.OPEN);
        assertThat(lane.next(29 * SECOND)).isEmpty();
        assertThat(lane.breaker(30 * SECOND)).isEqualTo(ProviderStatus.Breaker.HALF_OPEN);
        assertThat(lane.next(30 * SECOND)).containsExactly(entry);
        lane.answered(Instant.EPOCH);
        assertThat(lane.breaker(30 * SECOND)).isEqualTo(ProviderStatus.Breaker.CLOSED);
    }
}
