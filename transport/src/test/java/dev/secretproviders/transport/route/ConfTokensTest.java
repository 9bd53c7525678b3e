package dev.secretproviders.transport.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.wire.Messages;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tokens live as long as APISIX may use them, and mean one configuration only. */
final class ConfTokensTest {
    private static final Duration EXPIRY = Duration.ofHours(1);

    private final AtomicLong now = new AtomicLong();
    private final ConfTokens tokens = new ConfTokens(EXPIRY, 100_000, now::get);

    private static Messages.PrepareConf conf(String id, String value) {
        return new Messages.PrepareConf(
                "route#" + id + "#ext-plugin-pre-req#1", List.of(new Header(TestServer.KEYS, value)));
    }

    private int prepare(String id, String value) {
        return tokens.prepare(
                conf(id, value),
                source -> PreparedRoute.of(RouteId.parse(source.key()), new DecisionCounters(), List.of()));
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void sameKeyAndConfigurationHaveOneTokenAndOthersAnother() {
        int token = prepare("1", "{}");
        assertThat(prepare("1", "{}")).isEqualTo(token).isNotZero();
        assertThat(prepare("1", "{\"a\":1}")).isNotEqualTo(token);
        assertThat(prepare("2", "{}")).isNotEqualTo(token);
    }

    @Test
    void tokenOutlivesTheSharedAndTheWorkersCacheOfApisixTogether() {
        int token = prepare("1", "{}");
        // A worker takes it from the shared cache in the last moment and remembers it for the whole expiry.
        pass(Duration.ofMinutes(54).plus(EXPIRY));
        assertThat(tokens.find(token)).isNotNull();
    }

    @Test
    void useWithoutPauseKeepsATokenAlive() {
        int token = prepare("1", "{}");
        for (int i = 0; i < 40_000; i++) {
            pass(Duration.ofMillis(300));
            assertThat(tokens.find(token)).isNotNull();
        }
    }

    @Test
    void tokensWithTheSameLowestBitsAreToldApart() {
        List<Integer> all = IntStream.range(0, 1_000)
                .mapToObj(i -> prepare(Integer.toString(i), "{}"))
                .toList();
        for (int round = 0; round < 2; round++) {
            assertThat(all).extracting(token -> route(token).id().text()).doesNotHaveDuplicates();
        }
    }

    private PreparedRoute route(int token) {
        return Objects.requireNonNull(tokens.find(token));
    }

    @Test
    void useKeepsATokenAlive() {
        int token = prepare("1", "{}");
        for (int i = 0; i < 10; i++) {
            pass(EXPIRY);
            assertThat(tokens.find(token)).isNotNull();
        }
        assertThat(prepare("1", "{}")).isEqualTo(token);
    }

    @Test
    void tokenThatNobodyUsesGoesAndTakesItsConfigurationAlong() {
        int token = prepare("1", "{}");
        pass(EXPIRY.multipliedBy(3));
        assertThat(tokens.find(token)).isNull();
        tokens.cleanUp();
        assertThat(tokens.size()).isZero();
        assertThat(prepare("1", "{}")).isNotEqualTo(token);
    }

    @Test
    void hundredThousandRoutesAreHeldAtOnce() {
        Set<Integer> all = new HashSet<>();
        for (int i = 0; i < 100_000; i++) {
            all.add(prepare("r" + i, "{}"));
        }
        tokens.cleanUp();
        assertThat(all)
                .hasSize(100_000)
                .allSatisfy(token -> assertThat(tokens.find(token)).isNotNull());
    }

    @Test
    void problemIsGoneOnceTheRouteIsMended() {
        RouteProblem problem = new RouteProblem(new RouteId("1"), "wrong");
        tokens.prepare(conf("1", "wrong"), _ -> PreparedRoute.broken(problem, new DecisionCounters()));
        assertThat(tokens.problems()).containsExactly(problem);
        prepare("1", "{}");
        assertThat(tokens.problems()).isEmpty();
    }
}
