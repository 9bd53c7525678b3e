package dev.secretproviders.transport.companion;

import java.util.concurrent.atomic.LongAdder;

/** What the event stream has counted since it was made. Thread-safe; reading is for monitoring and may lag behind. */
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

    /** Returns how many followers there are now. */
    public long followers() {
        return Math.max(0, joined.sum() - left.sum());
    }

    /** Returns how many followers came. */
    public long followersJoined() {
        return joined.sum();
    }

    /** Returns how many were turned away because there were too many. */
    public long followersTurnedAway() {
        return tooMany.sum();
    }

    /** Returns how many events there were that named credentials, or nobody. */
    public long events() {
        return events.sum();
    }

    /** Returns how many events there were that ended all verdicts. */
    public long eventsForAll() {
        return eventsForAll.sum();
    }

    /** Returns how often a follower had not read and was told that all verdicts end, in place of what it missed. */
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
