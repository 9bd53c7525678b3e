package dev.secretproviders.snapshot;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.ProviderRegistry.Registered;
import dev.secretproviders.resolve.KnownSecret;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.resolve.ResolverListener;
import dev.secretproviders.snapshot.Snapshot.OfProvider;
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
 * What was resolved last, sealed in one file, so that a runner that restarts while a manager is down decides as before. The file
 * holds digests and the key that they were made under, never a value (docs/contributing/decisions/0009).
 *
 * <p>Written behind, by a thread of its own: within a second of a change, at once when a secret is denied, and at least every ten
 * seconds while managers confirm what is known. That it cannot be written is reported, and harms nothing else.
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
    /** Why something of the file was refused at start, until the file was written again. */
    private volatile @Nullable String refusal;
    /** Why it cannot be written now. */
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
     * @param maxAge since a value was last verified; older ones are refused, whatever {@code cache.stale_ttl} says
     */
    public record Settings(boolean enabled, Duration maxAge) {
        /** Reads the section. */
        public static Settings read(dev.secretproviders.spi.Settings section) {
            Duration maxAge = section.duration("max-age", Duration.ofHours(24));
            if (maxAge.compareTo(Duration.ofSeconds(1)) < 0) {
                section.problem("max-age", "must be at least 1s; to switch it off, set enabled: false");
            }
            return new Settings(section.flag("enabled", true), maxAge);
        }
    }

    /**
     * What came of the file at start.
     *
     * @param taken how many secrets were taken over
     * @param problem why all or some of it was refused, or null if nothing was
     */
    public record Loaded(int taken, @Nullable String problem) {}

    /**
     * Creates it; {@link #read} and then {@link #start} begin.
     *
     * @param file where it is kept
     */
    public LastKnownGood(
            Settings settings,
            Path file,
            Sealer sealer,
            KeyDigester digester,
            Resolver resolver,
            ProviderRegistry registry,
            InstantSource clock) {
        this.settings = settings;
        this.file = new SnapshotFile(file);
        this.sealed = new SealedSnapshot(this.file, sealer);
        this.reader = new SnapshotReader(settings, this.file, sealed, clock);
        this.digester = digester;
        this.resolver = resolver;
        this.registry = registry;
        this.clock = clock;
    }

    /**
     * Opens the file, if there is one, and adopts its digest key. One that cannot be trusted is refused whole. What an earlier
     * process did not finish to write is deleted, and all of it if it is switched off.
     */
    public void read() {
        reader.read(digester);
        refusal = reader.loaded().problem();
    }

    /** Hands what was read to the resolver, as far as it still counts, and begins to write. The providers are in force. */
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
    public void fetched(ProviderId provider, String path, FetchOutcome outcome) {
        switch (outcome) {
            // A denial is confirmed like a value; that it is new, changed() and denied() say.
            case FOUND, UNCHANGED, CHECKED, MISSING, GONE ->
                confirmed |= !registry.able(provider, Capability.ALWAYS_THERE);
            default -> {}
        }
    }

    @Override
    public void denied(ProviderId provider, String path) {
        // It does not wait: a process that is killed now must not leave the value behind.
        denied = true;
        try {
            writer.execute(this::writeIfDue);
        } catch (RejectedExecutionException ignored) {
            // Closing, which writes once more.
        }
    }

    /** Writes what is known if it is time to, and puts a file under the current master key that is not. */
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
                // What is in the file was not taken over yet, and is all there is.
                denied = withDenial;
                changed = withChange;
                confirmed = withConfirmation;
                return;
            }
            Instant now = clock.instant();
            triedAt = now;
            Map<ProviderId, OfProvider> providers = providers(known);
            int count = providers.values().stream()
                    .mapToInt(provider -> provider.secrets().size())
                    .sum();
            sealed.write(now, digester, providers);
            written(now, count);
        } catch (IOException | RuntimeException e) {
            changed = true;
            failures.incrementAndGet();
            if (obstacle == null) {
                LOG.error(
                        "last-known-good cannot be written to {}, which is tried again: {}",
                        file,
                        e.getClass().getSimpleName());
            }
            obstacle = "it cannot be written to " + file + ": " + e.getClass().getSimpleName();
            if (withDenial) {
                denied = !removeOutdated();
            }
        }
    }

    private Map<ProviderId, OfProvider> providers(Map<ProviderId, List<KnownSecret>> known) {
        Map<ProviderId, OfProvider> providers = new LinkedHashMap<>();
        known.forEach((id, secrets) -> {
            Registered provider = registry.get(id);
            if (provider != null && !registry.able(id, Capability.ALWAYS_THERE)) {
                providers.put(id, new OfProvider(provider.fingerprint(), secrets));
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
            // There is something again to start from.
            refusal = null;
        }
    }

    /** The file may hold a value that the manager denies by now. Returns whether it does not any more. */
    private boolean removeOutdated() {
        try {
            if (file.delete()) {
                LOG.error("last-known-good: {} was deleted, because a denial could not be written to it", file);
            }
            return true;
        } catch (IOException e) {
            LOG.error("last-known-good: {} holds a secret that is denied by now; delete it", file);
            return false;
        }
    }

    /**
     * Puts the file under the current master key, so that the one before is needed no more.
     *
     * @throws IOException if that is not possible, and neither is deleting the file; the message names the remedy
     */
    public synchronized void rewrap() throws IOException {
        sealed.rewrap();
    }

    /**
     * Does the same with the file of a runner that does not run.
     *
     * @throws IOException as {@link #rewrap()}
     */
    public static void rewrap(Path file, Sealer sealer) throws IOException {
        new SealedSnapshot(new SnapshotFile(file), sealer).rewrap();
    }

    /** Returns what came of the file at start. */
    public Loaded loaded() {
        return reader.loaded();
    }

    /**
     * Returns what an operator should know now, or null: that it cannot be written, or that something was refused at start and
     * nothing was written since.
     */
    public @Nullable String problem() {
        String now = obstacle;
        return now == null ? refusal : now;
    }

    /** Returns the seconds since it was written, or -1 if this process did not write it yet. */
    public double ageSeconds() {
        Instant last = writtenAt;
        return last == null ? -1 : Duration.between(last, clock.instant()).toMillis() / 1e3;
    }

    /** Returns how many secrets were written last. */
    public int entries() {
        return entries;
    }

    /** Returns how many times it was written. */
    public long writes() {
        return writes.get();
    }

    /** Returns how many attempts to write failed. */
    public long writeFailures() {
        return failures.get();
    }

    /** Writes once more what changed. */
    @Override
    public void close() {
        writer.shutdown();
        reader.close();
        if (started && (changed || denied || confirmed)) {
            write();
        }
    }
}
