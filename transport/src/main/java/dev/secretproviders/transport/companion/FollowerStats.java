package dev.secretproviders.transport.companion;

import java.util.concurrent.atomic.LongAdder;

/** Counters of the event stream since the start. Thread-safe. The values are for monitoring and may lag behind. */
public final class FollowerStats {
    final LongAdder joined = new LongAdder();
    final LongAdder left = new LongAdder();
    final LongAdder tooMany = new LongAdder();
    final LongAdder events = new LongAdder();
    final LongAdder eventsForAll = new LongAdder();
    final LongAdder lagged = new LongAdder();
    final LongAdder tooSlow = new LongAdder();
    final LongAdder talking = new LongAdder();

    FollowerStats() {}

    /** Returns the number of followers now. */
    public long followers() {
        return Math.max(0, joined.sum() - left.sum());
    }

    /** Returns how many followers have connected. */
    public long followersJoined() {
        return joined.sum();
    }

    /** Returns how many connections were closed because there were too many followers. */
    public long followersTurnedAway() {
        return tooMany.sum();
    }

    /** Returns how many events named credentials, or an empty list of credentials. */
    public long events() {
        return events.sum();
    }

    /** Returns how many events ended all verdicts. */
    public long eventsForAll() {
        return eventsForAll.sum();
    }

    /** Returns how often a slow follower was told to forget all verdicts in place of the events that it missed. */
    public long followersLagged() {
        return lagged.sum();
    }

    /** Returns how many connections were closed because a follower did not read. */
    public long followersTooSlow() {
        return tooSlow.sum();
    }

    /** Returns how many connections were closed because a follower sent something. */
    public long followersTalking() {
        return talking.sum();
    }
}
