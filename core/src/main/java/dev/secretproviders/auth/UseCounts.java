package dev.secretproviders.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.auth.usage.CredentialUses;
import dev.secretproviders.auth.usage.LatestUses;
import dev.secretproviders.auth.usage.PreviousUses;
import dev.secretproviders.auth.usage.UseMarks;
import dev.secretproviders.spi.SecretReference;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes the uses of credentials that hold references. Each use is taken once. Uses of credentials that were
 * removed or replaced are kept until then.
 *
 * <p>Used by the index builder, and by others once that has ended.
 */
final class UseCounts {
    private final ReentrantLock lock = new ReentrantLock();
    /** The uses of credentials that are no longer in the index. */
    private final List<CredentialUses> kept = new ArrayList<>();
    /** The uses of a version before the current one that were taken already; few credentials have any. */
    private Map<CredentialName, Long> previousTaken = new HashMap<>();

    /** Keeps the uses of credentials that were removed from the index or replaced in it. */
    void keep(Collection<Identity> retired, long now) {
        lock.lock();
        try {
            retired.forEach(identity -> add(identity, now, previousTaken, kept));
        } finally {
            lock.unlock();
        }
    }

    /** Returns the uses since the last call. They are taken by the builder, between two changes of the index. */
    CompletableFuture<List<CredentialUses>> take(
            Executor builder, Supplier<? extends Iterable<Identity>> index, Ticker ticker) {
        try {
            return CompletableFuture.supplyAsync(() -> take(index.get(), ticker.read()), builder);
        } catch (RejectedExecutionException e) {
            // The runner stops, and the index no longer changes.
            return CompletableFuture.completedFuture(take(index.get(), ticker.read()));
        }
    }

    private List<CredentialUses> take(Iterable<Identity> identities, long now) {
        lock.lock();
        try {
            List<CredentialUses> taken = new ArrayList<>(kept);
            kept.clear();
            Map<CredentialName, Long> takenNow = new HashMap<>();
            identities.forEach(identity -> add(identity, now, takenNow, taken));
            previousTaken = takenNow;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the uses for the next process. Uses that are not in the access log are taken. */
    List<UseMarks> hand(Iterable<Identity> identities, long now) {
        lock.lock();
        try {
            List<UseMarks> marks = new ArrayList<>();
            for (Identity identity : identities) {
                long ago = identity.ago(now);
                if (ago >= 0) {
                    marks.add(new UseMarks(
                            identity.name(),
                            ago,
                            identity.previousAgo(now),
                            identity.previous(),
                            previousTaken.getOrDefault(identity.name(), 0L),
                            identity.takeCurrent()));
                }
            }
            return marks;
        } finally {
            lock.unlock();
        }
    }

    /** Adds the uses that the process before this one counted. */
    void adopt(Iterable<Identity> identities, List<UseMarks> before, long now) {
        Map<CredentialName, UseMarks> marks = new HashMap<>();
        before.forEach(one -> marks.put(one.credential(), one));
        lock.lock();
        try {
            for (Identity identity : identities) {
                UseMarks one = marks.get(identity.name());
                if (one != null) {
                    identity.adopt(now, one);
                    previousTaken.merge(identity.name(), one.previousTaken(), Long::sum);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void add(Identity identity, long now, Map<CredentialName, Long> takenNow, List<CredentialUses> to) {
        List<SecretReference> references = ReferringCredentials.references(identity);
        if (references.isEmpty()) {
            return;
        }
        long current = identity.takeCurrent();
        long all = identity.previous();
        long previous = 0;
        if (all > 0) {
            previous = Math.max(0, all - previousTaken.getOrDefault(identity.name(), 0L));
            takenNow.put(identity.name(), all);
        }
        if (current > 0 || previous > 0) {
            Instant last = Instant.now().truncatedTo(ChronoUnit.SECONDS).minusSeconds(Math.max(0, identity.ago(now)));
            to.add(new CredentialUses(identity.name(), references, current, previous, last));
        }
    }

    /** Returns when each credential was last used, to the second. */
    static Map<CredentialName, Instant> last(Iterable<Identity> identities, long now) {
        Instant clock = thisSecond();
        Map<CredentialName, Instant> last = new HashMap<>();
        for (Identity identity : identities) {
            long ago = identity.ago(now);
            if (ago >= 0) {
                last.put(identity.name(), clock.minusSeconds(ago));
            }
        }
        return last;
    }

    /** Returns how often credentials were used with a version before the current one. */
    static Map<CredentialName, PreviousUses> previous(Iterable<Identity> identities, long now) {
        Instant clock = thisSecond();
        Map<CredentialName, PreviousUses> previous = new HashMap<>();
        for (Identity identity : identities) {
            long ago = identity.previousAgo(now);
            if (ago >= 0) {
                previous.put(identity.name(), new PreviousUses(identity.previous(), clock.minusSeconds(ago)));
            }
        }
        return previous;
    }

    /** Returns the latest uses of one credential. */
    static LatestUses latest(@Nullable Identity identity, long now) {
        if (identity == null) {
            return LatestUses.NONE;
        }
        long ago = identity.ago(now);
        long previous = identity.previousAgo(now);
        Instant clock = thisSecond();
        return new LatestUses(
                ago < 0 ? null : clock.minusSeconds(ago),
                previous < 0 ? null : new PreviousUses(identity.previous(), clock.minusSeconds(previous)));
    }

    private static Instant thisSecond() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }
}
