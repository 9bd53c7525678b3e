package dev.secretproviders.resolve;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.crypto.UnsealException;
import dev.secretproviders.provider.ProviderRegistry;
import dev.secretproviders.provider.ProviderRegistry.Registered;
import dev.secretproviders.provider.SecretPath;
import dev.secretproviders.reference.ProviderId;
import dev.secretproviders.resolve.Snapshot.OfProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was resolved last, sealed in one file, so that a runner that restarts while a manager is down decides as before. The file
 * holds digests and the key that they were made under, never a value (docs/decisions/0009).
 *
 * <p>Written behind, by a thread of its own: within a second of a change, and at least every ten seconds while managers confirm
 * what is known. Thread-safe.
 */
public final class LastKnownGood implements ResolverListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LastKnownGood.class);
    private static final String LABEL = "last-known-good";
    private static final Duration CONFIRMATIONS = Duration.ofSeconds(10);
    /** Their answers come from this machine or from the store, without which nothing is loaded either. */
    private static final Set<String> NEVER_AWAY = Set.of("env", "local");

    private final Settings settings;
    private final Path file;
    private final Sealer sealer;
    private final KeyDigester digester;
    private final Resolver resolver;
    private final ProviderRegistry registry;
    private final InstantSource clock;
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("last-known-good").factory());
    private final AtomicLong failures = new AtomicLong();
    private @Nullable Snapshot read;
    private volatile @Nullable String problem;
    private volatile boolean changed;
    private volatile boolean confirmed;
    private volatile boolean denied;
    private volatile boolean started;
    private volatile @Nullable Instant writtenAt;
    private volatile int entries;

    /**
     * The section {@code last-known-good}.
     *
     * @param maxAge since a value was last verified; older ones are refused, whatever {@code cache.stale_ttl} says
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

    /** Creates it; {@link #read} and then {@link #start} begin. */
    public LastKnownGood(
            Settings settings,
            Path file,
            Sealer sealer,
            KeyDigester digester,
            Resolver resolver,
            ProviderRegistry registry,
            InstantSource clock) {
        this.settings = settings;
        this.file = file;
        this.sealer = sealer;
        this.digester = digester;
        this.resolver = resolver;
        this.registry = registry;
        this.clock = clock;
    }

    /** Opens the file, if there is one, and adopts its digest key. A file that cannot be trusted is moved aside whole. */
    public void read() {
        if (!Files.exists(file)) {
            return;
        }
        if (!settings.enabled()) {
            try {
                Files.delete(file);
                LOG.info("last-known-good is switched off: {} was deleted", file);
            } catch (IOException e) {
                say("it is switched off, but " + file + " cannot be deleted: " + e.getMessage());
            }
            return;
        }
        byte[] plain = new byte[0];
        try {
            plain = sealer.open(LABEL, Files.readAllBytes(file));
            Snapshot snapshot = SnapshotFormat.read(plain);
            if (snapshot.fromTheFuture(clock.instant(), Snapshot.Boot.read())) {
                refuse("the clock stands before " + snapshot.savedAt() + ", when it was written; its age is not known");
                return;
            }
            digester.adopt(snapshot.digestKey());
            read = snapshot;
        } catch (UnsealException | IOException | RuntimeException e) {
            refuse(
                    e instanceof UnsealException
                            ? String.valueOf(e.getMessage())
                            : "it cannot be read: " + e.getClass().getSimpleName());
        } finally {
            Arrays.fill(plain, (byte) 0);
        }
    }

    private void refuse(String why) {
        Path aside = file.resolveSibling(file.getFileName() + ".refused-" + clock.millis());
        String where;
        try {
            Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
            where = "it was moved to " + aside;
        } catch (IOException e) {
            where = "it could not be moved aside";
        }
        say("refused whole: " + why + "; " + where);
    }

    private void say(String what) {
        problem = what;
        LOG.error("last-known-good: {}", what);
    }

    /** Hands what was read to the resolver, as far as it still counts, and begins to write. The providers are in force. */
    public void start() {
        if (!settings.enabled()) {
            return;
        }
        try (Snapshot snapshot = read) {
            if (snapshot != null) {
                load(snapshot);
            }
        }
        read = null;
        resolver.addListener(this);
        started = true;
        var _ = writer.scheduleWithFixedDelay(this::writeIfDue, 1, 1, TimeUnit.SECONDS);
    }

    private void load(Snapshot snapshot) {
        Duration elapsed = snapshot.elapsed(clock.instant(), Snapshot.Boot.read());
        Map<ProviderId, Map<SecretPath, KnownSecret>> loaded = new HashMap<>();
        int taken = 0;
        int expired = 0;
        int changedProvider = 0;
        for (Map.Entry<ProviderId, OfProvider> saved : snapshot.providers().entrySet()) {
            Registered provider = registry.get(saved.getKey());
            OfProvider known = saved.getValue();
            if (provider == null || !provider.fingerprint().equals(known.fingerprint())) {
                changedProvider += known.secrets().size();
                continue;
            }
            Duration limit = provider.policy().staleTtl();
            limit = limit.compareTo(settings.maxAge()) < 0 ? limit : settings.maxAge();
            for (KnownSecret secret : known.secrets()) {
                KnownSecret now = secret.after(elapsed);
                if (now.current() != null && now.age().compareTo(limit) >= 0) {
                    expired++;
                    continue;
                }
                taken++;
                loaded.computeIfAbsent(saved.getKey(), absent -> new HashMap<>())
                        .put(now.path(), within(now));
            }
        }
        resolver.preload(loaded);
        LOG.info(
                "last-known-good of {}: {} secrets taken over, stale until their managers were asked",
                snapshot.savedAt(),
                taken);
        if (expired > 0) {
            say(expired + " secrets refused: not verified for longer than cache.stale_ttl or last-known-good.max-age");
        }
        if (changedProvider > 0) {
            LOG.warn(
                    "last-known-good: {} secrets dropped, because their provider was changed or is gone",
                    changedProvider);
        }
    }

    /** Serving from disk ends at {@code max-age}, too, not only what is loaded. */
    private KnownSecret within(KnownSecret secret) {
        KnownSecret.Version current = secret.current();
        if (current == null) {
            return secret;
        }
        Duration left = settings.maxAge().minus(secret.age());
        return current.left().compareTo(left) <= 0
                ? secret
                : new KnownSecret(
                        secret.path(),
                        null,
                        false,
                        secret.age(),
                        current.after(current.left().minus(left)),
                        secret.previous());
    }

    @Override
    public void changed() {
        changed = true;
    }

    @Override
    public void fetched(ProviderId provider, String path, Outcome outcome) {
        switch (outcome) {
            case FOUND, UNCHANGED -> confirmed = true;
            case MISSING, GONE -> {
                // A denial does not wait: a process that is killed now must not leave the value behind.
                denied = true;
                soon();
            }
            default -> {}
        }
    }

    private void soon() {
        try {
            writer.execute(this::writeIfDue);
        } catch (java.util.concurrent.RejectedExecutionException ignored) {
            // Closing, which writes once more.
        }
    }

    private void writeIfDue() {
        Instant last = writtenAt;
        boolean due =
                last == null || Duration.between(last, clock.instant()).abs().compareTo(CONFIRMATIONS) >= 0;
        if (changed || denied || (confirmed && due)) {
            write();
        }
    }

    /** Writes what is known now. */
    synchronized void write() {
        boolean withDenial = denied;
        changed = false;
        confirmed = false;
        denied = false;
        byte[] plain = new byte[0];
        try {
            Map<ProviderId, List<KnownSecret>> known = resolver.known();
            if (known == null) {
                return;
            }
            Map<ProviderId, OfProvider> providers = new LinkedHashMap<>();
            int count = 0;
            for (Map.Entry<ProviderId, List<KnownSecret>> entry : known.entrySet()) {
                Registered provider = registry.get(entry.getKey());
                if (provider != null && !NEVER_AWAY.contains(entry.getKey().manager())) {
                    providers.put(entry.getKey(), new OfProvider(provider.fingerprint(), entry.getValue()));
                    count += entry.getValue().size();
                }
            }
            Snapshot.Boot boot = Snapshot.Boot.read();
            try (Snapshot snapshot =
                    new Snapshot(clock.instant(), boot.id(), boot.uptime(), digester.key(), providers)) {
                plain = SnapshotFormat.write(snapshot);
            }
            replace(sealer.seal(LABEL, plain));
            writtenAt = clock.instant();
            entries = count;
        } catch (IOException | RuntimeException e) {
            changed = true;
            denied = withDenial;
            if (failures.getAndIncrement() == 0) {
                LOG.error(
                        "last-known-good cannot be written to {}, which is tried again: {}",
                        file,
                        e.getClass().getName());
            }
            if (withDenial) {
                removeOutdated();
            }
        } finally {
            Arrays.fill(plain, (byte) 0);
        }
    }

    /** The file may hold a value that the manager denies by now; deleting needs no room on the disk. */
    private void removeOutdated() {
        try {
            if (Files.deleteIfExists(file)) {
                LOG.error("last-known-good: {} was deleted, because a denial could not be written to it", file);
            }
        } catch (IOException e) {
            LOG.error("last-known-good: {} holds a secret that is denied by now; delete it", file);
        }
    }

    private void replace(byte[] sealed) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.deleteIfExists(next);
        try (FileChannel channel = FileChannel.open(
                next,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer buffer = ByteBuffer.wrap(sealed);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** Returns what was refused at start, or null. */
    public @Nullable String problem() {
        return problem;
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

    /** Returns how many attempts to write failed. */
    public long writeFailures() {
        return failures.get();
    }

    /** Writes once more what changed. */
    @Override
    public void close() {
        writer.shutdown();
        if (started && (changed || denied || confirmed)) {
            write();
        }
    }
}
