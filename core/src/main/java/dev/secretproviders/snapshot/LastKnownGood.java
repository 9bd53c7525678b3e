package dev.secretproviders.snapshot;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.Registered;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.resolve.value.KnownSecret;
import dev.secretproviders.snapshot.Snapshot.SavedProvider;
import dev.secretproviders.spi.Capability;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.SecretReference;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last resolved state, sealed in one file, so that a runner that restarts while a manager is down decides as
 * before. The file holds digests and their digest key (docs/contributing/decisions/0009), and the values that are needed
 * themselves (0026).
 *
 * <p>A thread of its own writes the file: within a second of a change, at once when a secret is denied, and at least
 * every ten seconds while managers confirm known values. A failure to write is reported and has no other effect.
 *
 * <p>Thread-safe. {@link #read}, {@link #start}, {@link #rewrap} and {@link #close} block for I/O on local files.
 */
public final class LastKnownGood implements ResolverListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LastKnownGood.class);
    private static final Duration CONFIRMATIONS = Duration.ofSeconds(10);

    private final Settings settings;
    private final SnapshotFile file;
    private final SealedSnapshot sealed;
    private final SnapshotReader reader;
    private final KeyDigester digester;
    private final Resolver resolver;
    private final ProviderRegistry registry;
    private final InstantSource clock;
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("last-known-good").factory());
    private final AtomicLong writes = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    /** Why all or part of the file was refused at start; null once the file is written again. */
    private volatile @Nullable String refusal;
    /** Why the file cannot be written now. */
    private volatile @Nullable String obstacle;

    private volatile boolean changed;
    private volatile boolean confirmed;
    private volatile boolean denied;
    private volatile boolean started;
    private volatile @Nullable Instant triedAt;
    private volatile @Nullable Instant writtenAt;

    private volatile int entries;

    /**
     * The section {@code last-known-good}.
     *
     * @param maxAge the longest time since a value was last verified; older values are refused, whatever {@code
     *     cache.stale_ttl} says
     */
    public record Settings(boolean enabled, Duration maxAge) {
        /** Reads the section. */
        public static Settings read(dev.secretproviders.settings.Settings section) {
            Duration maxAge = section.duration("max-age", Duration.ofHours(24));
            if (maxAge.compareTo(Duration.ofSeconds(1)) < 0) {
                section.problem("max-age", "must be at least 1s; to switch it off, set enabled: false");
            }
            return new Settings(section.flag("enabled", true), maxAge);
        }
    }

    /**
     * The result of reading the file at start.
     *
     * @param taken how many secrets were taken over
     * @param problem why all or part of it was refused, or null if nothing was
     */
    public record Loaded(int taken, @Nullable String problem) {}

    /**
     * Where the values are kept.
     *
     * @param file the path of the file
     * @param sealer encrypts and decrypts the file
     */
    public record Place(Path file, Sealer sealer) {}

    /** Creates the service; call {@link #read} and then {@link #start}. */
    public LastKnownGood(
            Settings settings,
            Place place,
            KeyDigester digester,
            Resolver resolver,
            ProviderRegistry registry,
            InstantSource clock) {
        this.settings = settings;
        this.file = new SnapshotFile(place.file());
        this.sealed = new SealedSnapshot(file, place.sealer());
        this.reader = new SnapshotReader(settings, file, sealed, clock);
        this.digester = digester;
        this.resolver = resolver;
        this.registry = registry;
        this.clock = clock;
    }

    /**
     * Opens the file, if it exists, and adopts its digest key. A file that cannot be trusted is refused as a whole.
     * Unfinished files of earlier processes are deleted. If last-known-good is switched off, the file is deleted too.
     */
    public void read() {
        reader.read(digester);
        refusal = reader.loaded().problem();
    }

    /** Passes the valid part of the file to the resolver, and begins to write. The providers must be in force. */
    public void start() {
        if (!settings.enabled()) {
            return;
        }
        Takeover takeover = reader.takeOver(registry);
        if (takeover != null) {
            resolver.preload(takeover.secrets());
        }
        refusal = reader.loaded().problem();
        resolver.addListener(this);
        started = true;
        var _ = writer.scheduleWithFixedDelay(this::writeIfDue, 1, 1, TimeUnit.SECONDS);
    }

    @Override
    public void changed(Set<SecretReference> references) {
        changed = true;
    }

    @Override
    public void fetched(ProviderId provider, String path, FetchOutcome outcome, @Nullable String version) {
        switch (outcome) {
            // Later answers only confirm a denial; changed() and denied() report a new one.
            case FOUND, UNCHANGED, CHECKED, MISSING, GONE ->
                confirmed |= !registry.able(provider, Capability.ALWAYS_THERE);
            default -> {}
        }
    }

    @Override
    public void denied(ProviderId provider, String path) {
        // Does not wait: a process that is killed now must not leave the value on disk.
        denied = true;
        try {
            writer.execute(this::writeIfDue);
        } catch (RejectedExecutionException ignored) {
            // The executor is closing; close() writes once more.
        }
    }

    /** Writes the known state when due, and reseals a file that is under an older master key. */
    void writeIfDue() {
        if (sealed.isUnderAnotherKey()) {
            try {
                rewrap();
            } catch (IOException e) {
                LOG.error("{}", e.getMessage());
            }
        }
        Instant last = triedAt;
        boolean rested =
                last == null || Duration.between(last, clock.instant()).abs().compareTo(CONFIRMATIONS) >= 0;
        boolean soon = changed && obstacle == null;
        if (denied || soon || (rested && (changed || confirmed))) {
            write();
        }
    }

    private synchronized void write() {
        boolean withDenial = denied;
        boolean withChange = changed;
        boolean withConfirmation = confirmed;
        denied = false;
        changed = false;
        confirmed = false;
        try {
            Map<ProviderId, List<KnownSecret>> known = resolver.known();
            if (known == null) {
                // The content of the file has not been taken over yet, and is all there is.
                denied = withDenial;
                changed = withChange;
                confirmed = withConfirmation;
                return;
            }
            Instant now = clock.instant();
            triedAt = now;
            Map<ProviderId, SavedProvider> providers = providers(known);
            int count = (int) providers.values().stream()
                    .flatMap(provider -> provider.secrets().stream())
                    .filter(secret -> !secret.onlyExisted())
                    .count();
            try {
                sealed.write(now, digester, providers);
            } finally {
                known.values().forEach(secrets -> secrets.forEach(KnownSecret::wipe));
            }
            written(now, count);
        } catch (IOException | RuntimeException e) {
            changed = true;
            failures.incrementAndGet();
            if (obstacle == null) {
                LOG.error(
                        "last-known-good cannot be written to {}; trying again: {}",
                        file,
                        e.getClass().getSimpleName());
            }
            obstacle = "it cannot be written to " + file + ": " + e.getClass().getSimpleName();
            if (withDenial) {
                denied = !removeOutdated();
            }
        }
    }

    private Map<ProviderId, SavedProvider> providers(Map<ProviderId, List<KnownSecret>> known) {
        Map<ProviderId, SavedProvider> providers = new LinkedHashMap<>();
        known.forEach((id, secrets) -> {
            Registered provider = registry.get(id);
            if (provider != null && !registry.able(id, Capability.ALWAYS_THERE)) {
                providers.put(id, new SavedProvider(provider.fingerprint(), secrets));
            }
        });
        return providers;
    }

    private void written(Instant now, int count) {
        if (obstacle != null) {
            LOG.info("last-known-good is written again");
        }
        obstacle = null;
        entries = count;
        writtenAt = now;
        writes.incrementAndGet();
        if (count > 0) {
            // The next start has a file again.
            refusal = null;
        }
    }

    /** Deletes a file that may hold a value that the manager now denies. Returns whether such a value is gone. */
    private boolean removeOutdated() {
        try {
            if (file.delete()) {
                LOG.error("last-known-good: {} was deleted, because a denial could not be written to it", file);
            }
            return true;
        } catch (IOException e) {
            LOG.error("last-known-good: {} holds a secret that is now denied; delete it", file);
            return false;
        }
    }

    /**
     * Reseals the file under the current master key, so that the previous key is no longer needed.
     *
     * @throws IOException if the file can be neither resealed nor deleted; the message names the remedy
     */
    public synchronized void rewrap() throws IOException {
        sealed.rewrap();
    }

    /**
     * Reseals the file of a runner that is not running.
     *
     * @throws IOException as {@link #rewrap()}
     */
    public static void rewrap(Path file, Sealer sealer) throws IOException {
        new SealedSnapshot(new SnapshotFile(file), sealer).rewrap();
    }

    /** Returns the result of reading the file at start. */
    public Loaded loaded() {
        return reader.loaded();
    }

    /**
     * Returns a warning for the operator, or null: the file cannot be written, or part of it was refused at start and
     * it was not written since.
     */
    public @Nullable String problem() {
        String now = obstacle;
        return now == null ? refusal : now;
    }

    /** Returns the seconds since the last write, or -1 if this process has not written the file yet. */
    public double ageSeconds() {
        Instant last = writtenAt;
        return last == null ? -1 : Duration.between(last, clock.instant()).toMillis() / 1e3;
    }

    /** Returns how many secrets the last write contained. */
    public int entries() {
        return entries;
    }

    /** Returns how many times the file was written. */
    public long writes() {
        return writes.get();
    }

    /** Returns how many writes failed. */
    public long writeFailures() {
        return failures.get();
    }

    /** Writes the latest changes and stops. */
    @Override
    public void close() {
        resolver.removeListener(this);
        writer.shutdown();
        reader.close();
        // A write that has begun holds the lock. It must end before the process does.
        synchronized (this) {
            if (started && (changed || denied || confirmed)) {
                write();
            }
        }
    }
}
