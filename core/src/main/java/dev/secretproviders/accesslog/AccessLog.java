package dev.secretproviders.accesslog;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.usage.CredentialUses;
import dev.secretproviders.resolve.Resolution;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import dev.secretproviders.store.Store;
import dev.secretproviders.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The access log: which secrets were fetched or checked with what outcome, and which credentials used them, counted by
 * hour and runner. Fetches are counted as they happen. Uses are taken from the counters of the credential index once a
 * minute, so that nothing is written on the request path. All counts are added to the store at each interval. A process
 * that is killed loses the counts since the last one.
 *
 * <p>Thread-safe. {@link #page} and {@link #export} block for I/O.
 */
public final class AccessLog implements ResolverListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final Duration TAKING = Duration.ofMinutes(1);
    private static final Duration RETIREMENT = Duration.ofHours(1);
    /** Short, because APISIX restarts its runner at each reload. */
    private static final Duration FIRST_RETIREMENT = Duration.ofMinutes(5);

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Short, because APISIX kills a runner one second after the signal to stop. */
    private static final Duration FLUSH_LIMIT = Duration.ofMillis(300);
    /** How many hours of runners a page looks through, so that a rare match costs no page more than this. */
    private static final int MOST_HOURS_OF_A_PAGE = 200;

    private final AccessLogSettings settings;
    private final Resolver resolver;
    private final CredentialDirectory directory;
    private final InstantSource clock;
    private final PendingCounts pending;
    private final AccessWriter writer;
    private final AccessReader reader;
    /** The last known names of the secrets behind references, for uses of credentials that were removed since. */
    private final Map<SecretReference, String> paths = new HashMap<>();

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("access-log").factory());
    /** The hour to which uses belong that are taken next. Used by the timer only. */
    private Instant usesSince;
    /** Used by the timer only. */
    private Instant writeAt;

    private boolean failing;

    /**
     * A page of entries.
     *
     * @param entries newest hour first
     * @param next the cursor of the next page, or null if there is none. A page may be short, even empty, and still
     *     have a next one, if few of many entries match
     */
    public record Page(List<AccessEntry> entries, @Nullable String next) {
        public Page {
            entries = List.copyOf(entries);
        }
    }

    private record Secret(String provider, String path) {}

    /** Receives the entries of an export. */
    @FunctionalInterface
    public interface Sink {
        /** Receives an entry. */
        void accept(AccessEntry entry);
    }

    /**
     * Creates a log; call {@link #start} before use. No I/O.
     *
     * @param store owned by the caller, which closes it after the log
     * @param runner the name of this runner, at most 64 characters, none of them a slash
     */
    public AccessLog(
            Store store,
            Resolver resolver,
            CredentialDirectory directory,
            AccessLogSettings settings,
            String runner,
            InstantSource clock) {
        this.settings = settings;
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        this.resolver = resolver;
        this.directory = directory;
        this.clock = clock;
        this.pending = new PendingCounts(settings.entriesPerHour());
        ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
        this.writer = new AccessWriter(store, runner, settings.entriesPerHour(), pending, lock.writeLock());
        this.reader = new AccessReader(store, runner, pending, lock.readLock());
        this.usesSince = clock.instant();
        this.writeAt = usesSince.plus(settings.interval());
    }

    /** Begins to record, if that is enabled, and to remove what is too old. */
    public void start() {
        if (settings.enabled()) {
            resolver.addListener(this);
            scheduleNext();
        }
        if (!settings.retention().isZero()) {
            long first = FIRST_RETIREMENT.toSeconds();
            // A random delay, so that runners that started together do not remove hours together.
            long delay = first / 2 + ThreadLocalRandom.current().nextLong(first);
            var _ = timer.scheduleWithFixedDelay(this::retireOrSay, delay, RETIREMENT.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** Returns whether this runner records. */
    public boolean recording() {
        return settings.enabled();
    }

    /** Returns how many events of this runner were dropped since it started. No I/O. */
    public long dropped() {
        return pending.dropped();
    }

    @Override
    public void fetched(ProviderId provider, String path, FetchOutcome outcome, @Nullable String version) {
        Instant now = clock.instant();
        pending.add(
                HourKey.hourOf(now),
                Access.fetch(provider.toString(), path, outcome.name().toLowerCase(Locale.ROOT), version),
                new Count(1, now.truncatedTo(ChronoUnit.SECONDS)));
    }

    /** Takes uses at each full minute, so that they belong to the hour that ends then. */
    private void scheduleNext() {
        Duration step = settings.interval().compareTo(TAKING) < 0 ? settings.interval() : TAKING;
        long millis = step.toMillis() - Math.floorMod(clock.instant().toEpochMilli(), step.toMillis());
        try {
            var _ = timer.schedule(this::step, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the access log is no longer written: the runner stops");
        }
    }

    private void step() {
        try {
            takeUses();
            if (!clock.instant().isBefore(writeAt)) {
                writeAt = clock.instant().plus(settings.interval()).minusMillis(1);
                writeOrSay();
            }
        } finally {
            scheduleNext();
        }
    }

    /** Takes the uses since the last time, and writes all counts to the store. */
    public void flush() throws StoreException {
        takeUses();
        writer.flush();
    }

    private void writeOrSay() {
        try {
            writer.flush();
            if (failing) {
                LOG.info("the access log is written again");
            }
            failing = false;
        } catch (StoreException | RuntimeException e) {
            if (!failing) {
                LOG.warn("the access log waits, because it cannot be written: {}", e.getMessage());
            }
            failing = true;
        }
    }

    private void takeUses() {
        Instant hour = HourKey.hourOf(usesSince);
        usesSince = clock.instant();
        try {
            List<CredentialUses> taken = directory
                    .takeUses()
                    .completeOnTimeout(List.of(), PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    .join();
            count(hour, taken);
        } catch (CompletionException | RejectedExecutionException e) {
            LOG.warn("uses of credentials are missing from the access log: {}", e.getMessage());
        }
    }

    private void count(Instant hour, List<CredentialUses> taken) {
        Map<SecretReference, Resolution> resolutions = resolver.resolutions(
                taken.stream().flatMap(uses -> uses.references().stream()).collect(Collectors.toSet()));
        for (CredentialUses uses : taken) {
            Set<String> counted = new HashSet<>();
            for (SecretReference reference : uses.references()) {
                String path = path(reference, resolutions.get(reference));
                // A user name and a password of one secret are one use of it.
                if (counted.add(reference.provider() + "/" + path)) {
                    Secret secret = new Secret(reference.provider().toString(), path);
                    count(hour, uses, secret, Access.USED, uses.current());
                    count(hour, uses, secret, Access.USED_PREVIOUS, uses.previous());
                }
            }
        }
        paths.keySet().retainAll(resolutions.keySet());
    }

    private void count(Instant hour, CredentialUses uses, Secret secret, String outcome, long times) {
        if (times > 0) {
            Access access = new Access(
                    secret.provider(),
                    secret.path(),
                    outcome,
                    null,
                    uses.credential().username(),
                    uses.credential().id());
            pending.add(hour, access, new Count(times, uses.last()));
        }
    }

    private String path(SecretReference reference, @Nullable Resolution resolution) {
        String path = resolution == null ? null : resolution.path();
        if (path == null) {
            return paths.getOrDefault(reference, reference.path());
        }
        paths.put(reference, path);
        return path;
    }

    /**
     * Returns a page, newest hour first. Includes what this runner did not write yet.
     *
     * @param cursor the end of the previous page, or null for the first one
     * @param limit the maximum number of entries
     * @throws IllegalArgumentException if the cursor is none; the message may be shown
     */
    public Page page(AccessFilter filter, @Nullable String cursor, int limit) throws StoreException {
        AccessCursor after = cursor == null ? null : AccessCursor.read(cursor);
        List<AccessEntry> entries = new ArrayList<>();
        List<AccessCursor> next = new ArrayList<>();
        int[] hours = {0};
        reader.walk(filter, end(filter, after), (hour, counts) -> {
            Access last = after != null && after.key().equals(hour.key()) ? after.last() : null;
            for (AccessEntry entry : AccessReader.entries(filter, hour, counts, last)) {
                if (entries.size() == limit) {
                    next.add(new AccessCursor(
                            HourKey.key(entries.getLast()), entries.getLast().what()));
                    return false;
                }
                entries.add(entry);
            }
            if (++hours[0] == MOST_HOURS_OF_A_PAGE) {
                next.add(new AccessCursor(hour.key(), null));
                return false;
            }
            return true;
        });
        return new Page(entries, next.isEmpty() ? null : next.getFirst().text());
    }

    private static String end(AccessFilter filter, @Nullable AccessCursor after) {
        if (after == null) {
            return filter.end();
        }
        String end = after.last() == null ? after.key() : after.key() + "\0";
        return end.compareTo(filter.end()) < 0 ? end : filter.end();
    }

    /** Passes all entries that match to the sink, newest hour first. */
    public void export(AccessFilter filter, Sink sink) throws StoreException {
        reader.walk(filter, filter.end(), (hour, counts) -> {
            AccessReader.entries(filter, hour, counts, null).forEach(sink::accept);
            return true;
        });
    }

    /** Removes the hours that are older than the retention, and returns the number of entries in the store. */
    int retire() throws StoreException {
        return writer.retire(clock.instant(), settings.retention());
    }

    private void retireOrSay() {
        try {
            int removed = retire();
            if (removed > 0) {
                LOG.info("{} hours were older than access-log.retention and removed from the access log", removed);
            }
        } catch (StoreException | RuntimeException e) {
            LOG.warn(
                    "old hours of the access log were not removed; the next attempt is in an hour: {}", e.getMessage());
        }
    }

    /** Writes all counts within a short time limit. */
    @Override
    public void close() {
        resolver.removeListener(this);
        try {
            if (settings.enabled() && !timer.isShutdown()) {
                CompletableFuture<Void> last = CompletableFuture.runAsync(
                        () -> {
                            takeUses();
                            writeOrSay();
                        },
                        timer);
                var _ = last.get(FLUSH_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the latest counts of the access log were not written before the runner stopped");
        } finally {
            // The timer's thread is not interrupted, because that would close the store's file.
            timer.shutdown();
        }
    }
}
