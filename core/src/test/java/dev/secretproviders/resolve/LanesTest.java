package dev.secretproviders.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.provider.ProviderPolicy;
import dev.secretproviders.spi.SecretPath;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Which providers are looked at for calls, and when. */
class LanesTest {
    private static final ProviderPolicy POLICY = ResolverFixture.policy(Duration.ZERO);

    private final Lanes lanes = new Lanes();
    private final ProviderLane first = lane("first", POLICY);
    private final ProviderLane second = lane("second", POLICY);

    private ProviderLane lane(String name, ProviderPolicy policy) {
        return new ProviderLane(new ScriptedProvider(name), policy, lanes);
    }

    private void bothAreInForce() {
        lanes.add(first);
        lanes.add(second);
    }

    @Test
    void laneIsDueOnceAfterEachChange() {
        bothAreInForce();
        assertThat(lanes.due(0)).isEmpty();
        first.entry(SecretPath.current("jack"), 0);
        lanes.changed(first);
        assertThat(lanes.due(0)).containsExactly(first);
        assertThat(lanes.due(0)).isEmpty();
    }

    @Test
    void laneIsDueWhenItsLastTurnComes() {
        bothAreInForce();
        lanes.turn(first, 20);
        lanes.turn(first, 10);
        lanes.turn(second, 30);
        assertThat(lanes.nextTurn()).isEqualTo(10);
        assertThat(lanes.due(9)).isEmpty();
        assertThat(lanes.due(25)).containsExactly(first);
        assertThat(lanes.nextTurn()).as("the earlier turn does not count").isEqualTo(30);
        lanes.turn(first, 20);
        assertThat(lanes.due(25)).as("a turn at the same time as before").containsExactly(first);
    }

    @Test
    void laneWithoutACallToMakeHasNoTurn() {
        bothAreInForce();
        lanes.turn(first, 10);
        lanes.turn(first, Lanes.NEVER);
        assertThat(lanes.nextTurn()).isEqualTo(Lanes.NEVER);
        assertThat(lanes.due(10)).isEmpty();
    }

    @Test
    void turnsAreInOrderWhereTheTickerOverflows() {
        bothAreInForce();
        long late = Long.MAX_VALUE - 5;
        lanes.turn(first, late + 10);
        lanes.turn(second, late);
        assertThat(lanes.nextTurn()).isEqualTo(late);
        assertThat(lanes.due(late + 2)).containsExactly(second);
        assertThat(lanes.due(late + 10)).containsExactly(first);
    }

    @Test
    void laneThatIsNotCalledAnyMoreIsNeverDue() {
        bothAreInForce();
        lanes.turn(first, 10);
        lanes.changed(first);
        assertThat(lanes.remove(first.provider.id())).isTrue();
        ProviderLane tried = lane("third", POLICY);
        lanes.beginTrial(tried);
        lanes.turn(tried, 10);
        assertThat(lanes.endTrial(tried)).isTrue();
        assertThat(lanes.nextTurn()).isEqualTo(Lanes.NEVER);
        lanes.changed(first);
        lanes.changed(tried);
        assertThat(lanes.due(10)).isEmpty();
    }

    @Test
    void laneThatIsInstalledAfterItsTrialIsDueInPlaceOfTheOneBefore() {
        bothAreInForce();
        ProviderLane next = lane("first", POLICY);
        lanes.beginTrial(next);
        lanes.turn(first, 10);
        lanes.turn(next, 10);
        assertThat(lanes.endTrial(next)).isTrue();
        assertThat(lanes.install(next)).isSameAs(first);
        assertThat(lanes.due(0)).containsExactly(next);
        assertThat(lanes.nextTurn()).isEqualTo(Lanes.NEVER);
    }

    /** Otherwise the alarm would be set again and again, at no distance, until the budget suffices. */
    @Test
    void laneWhoseBudgetIsTooSmallForItsMostUrgentSecretHasALaterTurn() {
        ProviderLane lane = lane("small", ResolverFixture.policy(10));
        lanes.add(lane);
        SecretEntry known = lane.entry(SecretPath.current("known"), 0);
        ProviderLane.Call call = Objects.requireNonNull(lane.next(0));
        known.denied("scripted", false, 0);
        lane.finished(known, 0, 1);
        lane.ended(call, 0, 1);
        SecretEntry added = lane.entry(SecretPath.current("new"), 2);
        assertThat(added.needsPrevious(2)).as("needs two requests").isTrue();

        assertThat(lane.next(2)).isNull();
        assertThat(lane.wakeAt(2)).isGreaterThan(2);
    }
}
