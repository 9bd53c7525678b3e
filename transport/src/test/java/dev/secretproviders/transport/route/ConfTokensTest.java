package dev.secretproviders.transport.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.auth.Decision.Header;
import dev.secretproviders.transport.TestServer;
import dev.secretproviders.transport.wire.Messages;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tokens live as long as APISIX may use them, and stand for one configuration only. */
final class ConfTokensTest {
    private static final Duration EXPIRY = Duration.ofHours(1);

    private final AtomicLong now = new AtomicLong();
    private final ConfTokens tokens = tokens();

    private ConfTokens tokens() {
        return new ConfTokens(EXPIRY, 100_000, now::get, ConfTokensTest::compile);
    }

    private static PreparedRoute compile(Messages.PrepareConf source) {
        RouteId route = RouteId.parse(source.key());
        return "wrong".equals(source.conf().getFirst().value())
                ? PreparedRoute.broken(new RouteProblem(route, "wrong"), new DecisionCounters())
                : PreparedRoute.of(route, new DecisionCounters(), List.of());
    }

    private static Messages.PrepareConf conf(String id, String value) {
        return new Messages.PrepareConf(
                "route#" + id + "#ext-plugin-pre-req#1", List.of(new Header(TestServer.KEYS, value)));
    }

    private int prepare(String id, String value) {
        return tokens.prepare(conf(id, value));
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
        // A worker takes it from the shared cache at the last moment and keeps it for one whole expiry.
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
        prepare("1", "wrong");
        assertThat(tokens.problems()).containsExactly(new RouteProblem(new RouteId("1"), "wrong"));
        prepare("1", "{}");
        assertThat(tokens.problems()).isEmpty();
    }

    private static List<KnownToken> savedAndRead(ConfTokens tokens, Duration away) throws IOException {
        Instant saved = Instant.EPOCH;
        return TokenFormat.read(TokenFormat.write(tokens.known(), saved), saved.plus(away));
    }

    @Test
    void tokensStayValidOverARestart() throws Exception {
        int first = prepare("1", "{}");
        int second = prepare("2", "{\"a\":1}");
        ConfTokens next = tokens();

        next.restore(savedAndRead(tokens, Duration.ofSeconds(10)));

        assertThat(next.find(first)).isNotNull();
        assertThat(next.find(second)).isNotNull();
        assertThat(next.prepare(conf("1", "{}"))).as("the same configuration").isEqualTo(first);
        assertThat(next.prepare(conf("1", "{\"b\":1}"))).isNotEqualTo(first);
    }

    @Test
    void restartDoesNotLengthenTheLifeOfATokenThatIsNotUsed() throws Exception {
        int token = prepare("1", "{}");
        pass(EXPIRY);
        ConfTokens next = tokens();
        next.restore(savedAndRead(tokens, Duration.ofMinutes(50)));
        pass(Duration.ofMinutes(12));
        assertThat(next.find(token)).isNull();

        assertThat(savedAndRead(tokens, EXPIRY.multipliedBy(2))).isEmpty();
        assertThat(savedAndRead(tokens, Duration.ofDays(-1)))
                .as("the clock was set back")
                .hasSizeLessThan(2);
    }

    @Test
    void problemOfAConfigurationThatWasReplacedStaysForgottenOverARestart() throws Exception {
        prepare("1", "wrong");
        prepare("1", "{}");
        prepare("2", "wrong");
        ConfTokens next = tokens();

        next.restore(savedAndRead(tokens, Duration.ZERO));

        assertThat(next.problems()).containsExactly(new RouteProblem(new RouteId("2"), "wrong"));
    }

    @Test
    void tokenThatWasIssuedBeforeTheOthersWereRestoredStaysAsItIs() throws Exception {
        int earlier = prepare("1", "{}");
        ConfTokens next = tokens();
        int issued = next.prepare(conf("1", "{}"));

        next.restore(savedAndRead(tokens, Duration.ZERO));

        assertThat(next.prepare(conf("1", "{}"))).isEqualTo(issued);
        assertThat(next.find(earlier)).isNotNull();
        assertThat(next.find(issued)).isNotNull();
    }

    @Test
    void otherBytesAreRefused() {
        assertThatThrownBy(() -> TokenFormat.read(new byte[] {0, 0, 0, 9}, Instant.EPOCH))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("format 9");
        assertThatThrownBy(() -> TokenFormat.read(new byte[] {0, 0, 0, 1, 7}, Instant.EPOCH))
                .isInstanceOf(IOException.class);
    }
}
