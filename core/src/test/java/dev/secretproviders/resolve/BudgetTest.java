package dev.secretproviders.resolve;

import static dev.secretproviders.resolve.ResolverFixture.MAX_CONCURRENCY;
import static dev.secretproviders.resolve.ResolverFixture.TTL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.spi.FetchResult;
import dev.secretproviders.spi.ProviderException;
import dev.secretproviders.spi.ProviderException.Kind;
import dev.secretproviders.spi.SecretPath;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A manager gets no more requests in a minute than its budget; what matters most is asked for first. */
final class BudgetTest {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private ResolverFixture it = new ResolverFixture(ResolverFixture.policy(60));
    /** When each request came. */
    private final List<Long> requests = new ArrayList<>();

    @AfterEach
    void budgetWasKept() {
        int limit = it.status().budget().perMinute();
        it.close();
        Deque<Long> window = new ArrayDeque<>();
        for (long at : requests) {
            window.add(at);
            while (at - window.element() >= MINUTE) {
                window.remove();
            }
            assertThat(window.size()).isLessThanOrEqualTo(limit);
        }
    }

    private void budget(int perMinute) {
        it.close();
        it = new ResolverFixture(ResolverFixture.policy(perMinute));
    }

    private String[] secrets(int count) {
        return IntStream.range(0, count).mapToObj(this::secret).toArray(String[]::new);
    }

    private String secret(int i) {
        it.provider.answer("s" + i, request -> {
            requests.add(it.now());
            return request.knownVersion() != null
                    ? new FetchResult.Unchanged()
                    : new FetchResult.Found(it.provider.version("1", null, "key", "value-" + i));
        });
        return "s" + i + "/key";
    }

    private long known() {
        return it.resolver.resolutions().stream()
                .filter(resolution -> resolution.current() != null)
                .count();
    }

    @Test
    void tenThousandSecretsOnAColdStartFinishInTheOrderWantedWithinBudgetAndConcurrency() {
        budget(6_000);
        String[] paths = secrets(10_000);
        it.want(paths);
        assertThat(it.waiting()).isEqualTo(MAX_CONCURRENCY);
        it.drain();
        for (int i = 0; i < 1_200 && known() < paths.length; i++) {
            it.skip(Duration.ofMillis(100));
            it.wake();
        }

        assertThat(known()).isEqualTo(paths.length);
        assertThat(it.provider.asked().stream().distinct())
                .containsExactly(
                        IntStream.range(0, paths.length).mapToObj(i -> "s" + i).toArray(String[]::new));
        assertThat(it.status().budget().total()).isEqualTo(requests.size());
        assertThat(it.status().budget().lastMinute()).isBetween(4_000L, 6_000L);
    }

    @Test
    void versionsFromBeforeAHandOverCountToo() {
        IntStream.range(0, 100).forEach(i -> {
            it.provider.answer("s" + i, request -> {
                requests.add(it.now());
                return new FetchResult.Found(it.provider.version("2", it.clock(), "key", "new-" + i));
            });
            it.provider.answerPrevious("s" + i, request -> {
                requests.add(it.now());
                return new FetchResult.Found(it.provider.version("1", null, "key", "old-" + i));
            });
        });
        it.resolve(IntStream.range(0, 100).mapToObj(i -> "s" + i + "/key").toArray(String[]::new));
        it.pass(Duration.ofMinutes(6));

        assertThat(known()).isEqualTo(100);
        assertThat(it.status().budget().total()).isEqualTo(requests.size());
        assertThat(requests.size()).isGreaterThan(200);
    }

    @Test
    void whereTheBudgetIsTooSmallForTheTtlValuesAreAskedForLessOftenAndStayFresh() {
        it.resolve(secrets(100));
        it.pass(Duration.ofMinutes(10));
        assertThat(known()).isEqualTo(100);

        assertThat(it.status().budget().effectiveTtl()).isBetween(Duration.ofMinutes(2), Duration.ofMinutes(5));
        assertThat(it.status().budget().sufficient()).isTrue();
        assertThat(it.resolver.resolutions())
                .allMatch(resolution -> resolution.state() == ResolutionState.FRESH
                        || resolution.state() == ResolutionState.REFRESHING);
        assertThat(it.events.count("budget")).isZero();
        it.provider.calls.clear();
        it.pass(Duration.ofMinutes(10));
        assertThat(it.provider.asked().stream().distinct().count())
                .as("none is left out")
                .isEqualTo(100);
    }

    @Test
    void budgetThatCannotConfirmAllInTimeIsTold() {
        String[] paths = secrets(1_000);
        it.resolve(paths);

        assertThat(it.events.told).contains("budget vault/prod too small");
        assertThat(it.events.count("budget")).as("once").isEqualTo(1);
        assertThat(it.status().budget().sufficient()).isFalse();
        assertThat(it.status().budget().effectiveTtl())
                .as("half of what an outage may last")
                .isEqualTo(ResolverFixture.STALE_TTL.dividedBy(2));

        it.want(paths[0]);
        it.pass(Duration.ofMinutes(6));
        assertThat(it.events.told).contains("budget vault/prod suffices");
    }

    @Test
    void whatSomebodyAsksForGoesBeforeRoutine() {
        it.resolve(secrets(40));
        it.pass(Duration.ofMinutes(3));
        it.skip(TTL.multipliedBy(5));
        it.provider.calls.clear();
        // All are due for long, and the budget lets some of them through.
        it.resolver.refresh(it.provider.id, List.of(SecretPath.current("s39")));
        it.wake();

        assertThat(it.provider.asked()).hasSizeBetween(2, 20).startsWith("s39");
    }

    @Test
    void whatSomebodyAsksForByNameGoesBeforeAColdStartAndAllTogetherGoBehindIt() {
        String[] paths = secrets(40);
        it.resolve(paths[0]);
        it.want(paths);
        it.drain();
        it.provider.calls.clear();
        it.skip(Duration.ofSeconds(10));
        it.resolver.refresh(it.provider.id, List.of());
        it.drain();
        assertThat(it.provider.asked()).isNotEmpty().doesNotContain("s0");

        it.provider.calls.clear();
        for (int i = 0; i < 100; i++) {
            it.resolver.refresh(it.provider.id, List.of(SecretPath.current("s0")));
        }
        it.skip(Duration.ofSeconds(10));
        it.wake();
        assertThat(it.provider.asked()).startsWith("s0");
        assertThat(it.provider.timesAsked("s0"))
                .as("once, and once more for those who asked meanwhile")
                .isLessThanOrEqualTo(2);
        it.pass(Duration.ofMinutes(2));
        assertThat(known()).isEqualTo(40);
    }

    @Test
    void firstFetchGoesBeforeRefreshesThatAreDueLonger() {
        String[] paths = secrets(41);
        String[] known = IntStream.range(0, 40).mapToObj(i -> paths[i]).toArray(String[]::new);
        it.resolve(known);
        it.pass(Duration.ofMinutes(3));
        it.skip(TTL.multipliedBy(5));
        it.provider.calls.clear();
        it.resolve(paths);

        assertThat(it.provider.asked()).hasSizeBetween(2, 20).startsWith("s40");
    }

    @Test
    void secretsThatFailByThemselvesDoNotKeepTheOthersWaiting() {
        String[] good = secrets(10);
        List<String> all = new ArrayList<>(List.of(good));
        IntStream.range(0, 50).forEach(i -> {
            it.provider.answer("denied" + i, request -> {
                requests.add(it.now());
                return new FetchResult.Failed(new ProviderException(Kind.PERMISSION, "no"));
            });
            all.add("denied" + i + "/key");
        });
        it.resolve(all.toArray(String[]::new));
        it.pass(Duration.ofMinutes(5));
        it.provider.calls.clear();
        it.pass(Duration.ofMinutes(5));

        for (int i = 0; i < good.length; i++) {
            assertThat(it.provider.timesAsked("s" + i)).isPositive();
        }
    }

    /** As of a provider that logs in: what it counts itself is what counts. */
    @Test
    void requestsThatNobodyForesawCountAndDelayOthers() {
        String[] paths = secrets(30);
        it.provider.sent.set(0);
        it.provider.countsItself = true;
        it.want(paths[0]);
        it.provider.sent.addAndGet(30);
        it.drain();
        requests.clear();
        it.resolve(paths);

        assertThat(it.provider.asked()).as("the logins took what there was").containsExactly("s0");
        assertThat(it.status().budget().lastMinute()).isEqualTo(31);
        it.pass(Duration.ofMinutes(2));
        assertThat(known()).isEqualTo(30);
    }
}
