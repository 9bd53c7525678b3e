package dev.secretproviders.snapshot;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.UnsealException;
import dev.secretproviders.provider.ProviderRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads at start what an earlier process wrote, as far as it can be trusted and is still valid. The getters are
 * thread-safe.
 */
final class SnapshotReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotReader.class);

    private final LastKnownGood.Settings settings;
    private final SnapshotFile file;
    private final SealedSnapshot sealed;
    private final InstantSource clock;
    private @Nullable Snapshot snapshot;
    private volatile LastKnownGood.Loaded loaded = new LastKnownGood.Loaded(0, null);

    SnapshotReader(LastKnownGood.Settings settings, SnapshotFile file, SealedSnapshot sealed, InstantSource clock) {
        this.settings = settings;
        this.file = file;
        this.sealed = sealed;
        this.clock = clock;
    }

    /** Opens the file and adopts its digest key, as described at {@link LastKnownGood#read}. */
    void read(KeyDigester digester) {
        try {
            if (!settings.enabled()) {
                file.deleteAll();
                return;
            }
            file.deleteUnfinished();
            Snapshot opened = sealed.open();
            if (opened == null) {
                return;
            }
            if (opened.fromTheFuture(clock.instant(), Snapshot.Boot.read())) {
                opened.wipeValues();
                refuseWhole("the clock is before " + opened.savedAt()
                        + ", when it was written, so that its age is not known");
                return;
            }
            digester.adopt(opened.digestKey());
            if (opened.holdsHash()) {
                digester.hashes().noteStored();
            }
            snapshot = opened;
        } catch (RefusedSnapshotException e) {
            // The file stays in place: the remedy concerns its name and mode.
            refuse("refused whole: " + e.getMessage());
        } catch (UnsealException | UnknownFormatException e) {
            refuseWhole(String.valueOf(e.getMessage()));
        } catch (IOException | RuntimeException e) {
            if (settings.enabled()) {
                refuseWhole("it cannot be read: " + e.getClass().getSimpleName());
            } else {
                refuse("it is switched off, but cannot be deleted ("
                        + e.getClass().getSimpleName() + "); delete " + file);
            }
        }
    }

    private void refuseWhole(String why) {
        String where;
        try {
            where = "it was moved to " + file.setAside();
        } catch (IOException e) {
            where = "it could not be moved aside from " + file;
        }
        refuse("refused whole: " + why + "; " + where);
    }

    private void refuse(String what) {
        loaded = new LastKnownGood.Loaded(loaded.taken(), what);
        LOG.error("last-known-good {}", what);
    }

    /** Returns what is still valid, once; null if nothing was read. */
    @Nullable
    Takeover takeOver(ProviderRegistry registry) {
        try (Snapshot opened = snapshot) {
            snapshot = null;
            if (opened == null) {
                return null;
            }
            Duration elapsed = opened.elapsed(clock.instant(), Snapshot.Boot.read());
            Takeover takeover = Takeover.of(opened, registry, elapsed, settings.maxAge());
            loaded = new LastKnownGood.Loaded(takeover.count(), null);
            report(takeover, opened);
            return takeover;
        }
    }

    private void report(Takeover takeover, Snapshot opened) {
        LOG.info(
                "last-known-good of {}: {} secrets taken over, stale until their managers were asked",
                opened.savedAt(),
                takeover.count());
        if (takeover.changedProvider() > 0) {
            LOG.warn(
                    "last-known-good: {} secrets dropped: their provider was changed or is gone",
                    takeover.changedProvider());
        }
        if (takeover.expired() > 0) {
            refuse("refused in part: " + takeover.expired()
                    + " secrets were not verified for longer than cache.stale_ttl or last-known-good.max-age");
        }
    }

    /** Returns the result of reading the file. */
    LastKnownGood.Loaded loaded() {
        return loaded;
    }

    /** Wipes what was read and not taken over. */
    @Override
    public void close() {
        if (snapshot != null) {
            snapshot.wipeValues();
            snapshot.close();
        }
    }
}
