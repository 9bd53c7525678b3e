package dev.secretproviders.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialKey;
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
 * Takes the uses of credentials whose keys are references. Each use is taken once. Uses of credentials that were
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
    CompletableFuture<List<CredentialUses>> take(Executor builder, Supplier<List<Identity>> index, Ticker ticker) {
        try {
            return CompletableFuture.supplyAsync(() -> take(index.get(), ticker.read()), builder);
        } catch (RejectedExecutionException e) {
            // The runner stops, and the index no longer changes.
            return CompletableFuture.completedFuture(take(index.get(), ticker.read()));
        }
    }

    private List<CredentialUses> take(List<Identity> identities, long now) {
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

    private void add(Identity identity, long now, Map<CredentialName, Long> takenNow, List<CredentialUses> to) {
        SecretReference reference = reference(identity);
        if (reference == null) {
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
            to.add(new CredentialUses(identity.name(), reference, current, previous, last));
        }
    }

    private static @Nullable SecretReference reference(Identity identity) {
        Credential credential = identity.credential();
        return credential != null && credential.key() instanceof CredentialKey.Referenced(SecretReference reference)
                ? reference
                : null;
    }
}
