package dev.secretproviders.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class FetchBudgetTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long MINUTE = 60 * SECOND;

    @Test
    void withoutALimitThereIsAlwaysRoom() {
        FetchBudget budget = new FetchBudget(0);
        budget.spend(0, 1_000_000);

        assertThat(budget.room(0)).isGreaterThan(1_000_000);
        assertThat(budget.nextAt(5, 100)).isEqualTo(5);
        assertThat(budget.shortestTtl(10_000)).isNull();
        assertThat(budget.lastMinute(0)).as("counted all the same").isEqualTo(1_000_000);
    }

    @Test
    void smallestBudgetLetsAFirstFetchAndTheVersionBeforeItThrough() {
        FetchBudget budget = new FetchBudget(10);

        assertThat(budget.room(0)).isEqualTo(2);
        budget.spend(0, 2);
        long next = budget.nextAt(0, 2);
        assertThat(next).isBetween(SECOND, MINUTE);
        assertThat(budget.room(next - SECOND)).isLessThan(2);
        assertThat(budget.room(next)).isEqualTo(2);
    }

    @Test
    void whatIsReservedIsNoRoomForOthersUntilItIsGivenBack() {
        FetchBudget budget = new FetchBudget(100);
        long room = budget.room(0);
        budget.reserve((int) room);
        assertThat(budget.room(0)).isZero();

        budget.release((int) room);
        budget.spend(0, 1);
        assertThat(budget.room(0)).isEqualTo(room - 1);
    }

    @Test
    void unforeseenRequestsDelayLaterOnes() {
        FetchBudget budget = new FetchBudget(100);
        budget.spend(0, budget.room(0) + 10);

        assertThat(budget.room(0)).isNegative();
        assertThat(budget.nextAt(0, 1)).isGreaterThan(8 * SECOND);
    }

    @Test
    void lastMinuteIsCountedToASecondAlsoBelowZeroAndAfterALongPause() {
        FetchBudget budget = new FetchBudget(600);
        long start = -MINUTE * 10;
        budget.spend(start, 3);
        budget.spend(start + 30 * SECOND, 4);

        assertThat(budget.lastMinute(start + 59 * SECOND)).isEqualTo(7);
        assertThat(budget.lastMinute(start + 60 * SECOND)).isEqualTo(4);
        assertThat(budget.lastMinute(start + 90 * SECOND)).isZero();
        budget.spend(start + 1_000 * SECOND, 2);
        assertThat(budget.lastMinute(start + 1_000 * SECOND)).isEqualTo(2);
        assertThat(budget.total()).isEqualTo(9);
    }

    @Test
    void ttlIsLongEnoughForAllToBeAskedAgainWithinTheBudget() {
        Duration ttl = Objects.requireNonNull(new FetchBudget(600).shortestTtl(10_000));

        double perMinute = 10_000 / (0.75 * ttl.toMillis() / 60_000.0);
        assertThat(perMinute).isBetween(300.0, 540.0);
    }

    /** One call: what it may need, what it does need, and how long after its start its requests go out and it ends. */
    private record Call(int reserved, List<Long> sentAt, long endsAt) {}

    /**
     * As the resolver does it: reserve, send sooner or later, count when the call is over. Whatever the calls do within what
     * they reserved, the manager never sees more than the budget in any minute.
     */
    @Property(tries = 200)
    void managerNeverSeesMoreThanTheBudgetInAnyMinute(
            @ForAll @IntRange(min = 10, max = 3_000) int perMinute,
            @ForAll @IntRange(min = 1, max = 40) int concurrency,
            @ForAll long seed) {
        Random random = new Random(seed);
        FetchBudget budget = new FetchBudget(perMinute);
        PriorityQueue<Call> open = new PriorityQueue<>((a, b) -> Long.compare(a.endsAt(), b.endsAt()));
        List<Long> sent = new ArrayList<>();
        long now = -MINUTE;
        for (int step = 0; step < 3_000 && now < 6 * MINUTE; step++) {
            int needed = 1 + random.nextInt(2);
            if (open.size() < concurrency && budget.room(now) >= needed) {
                budget.reserve(needed);
                long length = random.nextLong(10 * SECOND) / (1 + random.nextInt(1_000));
                List<Long> at = new ArrayList<>();
                for (int i = random.nextInt(needed + 1); i > 0; i--) {
                    at.add(now + random.nextLong(length + 1));
                }
                open.add(new Call(needed, at, now + length));
                continue;
            }
            // A busy resolver: on to whatever lets the next call begin.
            long wake = open.size() < concurrency ? budget.nextAt(now, needed) : Long.MAX_VALUE;
            Call first = open.peek();
            if (first != null && first.endsAt() <= wake) {
                open.remove();
                now = Math.max(now, first.endsAt());
                budget.release(first.reserved());
                budget.spend(now, first.sentAt().size());
                sent.addAll(first.sentAt());
            } else {
                assertThat(wake).as("time alone lets it go on").isGreaterThan(now);
                now = wake;
            }
        }
        sent.sort(null);
        Deque<Long> window = new ArrayDeque<>();
        for (long at : sent) {
            window.add(at);
            while (at - window.element() >= MINUTE) {
                window.remove();
            }
            assertThat(window.size()).isLessThanOrEqualTo(perMinute);
        }
    }

    /** The budget is not only kept, it can be used. */
    @Property(tries = 50)
    void mostOfTheBudgetCanBeSpent(@ForAll @IntRange(min = 100, max = 100_000) int perMinute) {
        FetchBudget budget = new FetchBudget(perMinute);
        long spent = 0;
        for (long now = 0; now <= MINUTE; now = Math.max(now + 1, budget.nextAt(now, 1))) {
            long room = budget.room(now);
            budget.spend(now, room);
            spent += room;
        }
        assertThat(spent).isBetween(perMinute * 9L / 10, (long) perMinute);
    }
}
