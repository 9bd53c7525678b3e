package dev.secretproviders.app.control;

import dev.secretproviders.app.settings.ControlSettings;
import dev.secretproviders.consumer.ConsumerSource;
import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.crypto.UnsealException;
import dev.secretproviders.provider.shared.Causes;
import dev.secretproviders.snapshot.RefusedSnapshotException;
import dev.secretproviders.snapshot.SnapshotFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last consumers of a gateway that forgets them at its own restart, sealed in one file. It begins with the time at which they
 * were in force last. Thread-safe. Blocks for I/O on local files.
 */
final class ConsumerFile implements ConsumerSource.Keeper {
    private static final Logger LOG = LoggerFactory.getLogger(ConsumerFile.class);
    private static final String LABEL = "consumers";
    /** So that the file says how long the consumers have been in force. */
    private static final Duration AGAIN = Duration.ofMinutes(10);

    private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(10);

    private final SnapshotFile file;
    private final Sealer sealer;
    private final Duration maxAge;
    private final InstantSource clock;
    private @Nullable Instant writtenAt;
    private @Nullable Instant failedAt;
    private @Nullable String writtenUnder;
    private boolean unreadable;

    /** @param maxAge how long ago the consumers may have been in force last */
    ConsumerFile(Path file, Sealer sealer, Duration maxAge, InstantSource clock) {
        this.file = new SnapshotFile(file);
        this.sealer = sealer;
        this.maxAge = maxAge;
        this.clock = clock;
    }

    /** Gives the source its file. If last-known-good is switched off, there is none, and what an earlier start kept is deleted. */
    static void give(ConsumerSource source, ControlSettings settings, Sealer sealer) {
        if (settings.lastKnownGood().enabled()) {
            source.keepWith(new ConsumerFile(
                    settings.consumerFile(), sealer, settings.lastKnownGood().maxAge(), InstantSource.system()));
            return;
        }
        try {
            Files.deleteIfExists(settings.consumerFile());
        } catch (IOException e) {
            LOG.warn("{} cannot be deleted: {}", settings.consumerFile(), Causes.words(e));
        }
    }

    @Override
    public synchronized byte @Nullable [] kept() throws IOException {
        try {
            file.deleteUnfinished();
            byte[] sealed = file.read();
            if (sealed == null) {
                return null;
            }
            byte[] plain = sealer.open(LABEL, sealed);
            try {
                return content(plain);
            } finally {
                Arrays.fill(plain, (byte) 0);
            }
        } catch (UnsealException | RefusedSnapshotException e) {
            LOG.warn("the consumers that were kept in {} are not used: {}", file, e.getMessage());
            return null;
        } catch (IOException e) {
            if (!unreadable) {
                LOG.warn("the consumers that were kept in {} cannot be read now: {}", file, Causes.words(e));
            }
            unreadable = true;
            throw e;
        }
    }

    private byte @Nullable [] content(byte[] plain) {
        if (plain.length < Long.BYTES) {
            LOG.warn("the consumers that were kept in {} are not used: the file is too short", file);
            return null;
        }
        Instant at = Instant.ofEpochSecond(ByteBuffer.wrap(plain).getLong());
        // A clock that was set back says nothing about the age.
        if (Duration.between(at, clock.instant()).abs().compareTo(maxAge) > 0) {
            LOG.warn(
                    "the consumers that were kept in {} are not used: they were in force last at {}, longer ago than"
                            + " last-known-good.max-age",
                    file,
                    at);
            return null;
        }
        return Arrays.copyOfRange(plain, Long.BYTES, plain.length);
    }

    @Override
    public synchronized void keep(byte[] content) {
        Instant now = clock.instant();
        byte[] plain = ByteBuffer.allocate(Long.BYTES + content.length)
                .putLong(now.getEpochSecond())
                .put(content)
                .array();
        try {
            String key = sealer.currentKey();
            file.replace(sealer.seal(LABEL, plain));
            writtenAt = now;
            writtenUnder = key;
            failedAt = null;
        } catch (IOException e) {
            if (failedAt == null) {
                LOG.warn(
                        "the consumers cannot be kept in {}; if the runner and APISIX restart together, requests get 503 until"
                                + " the configuration is pushed: {}",
                        file,
                        e.getClass().getSimpleName());
            }
            failedAt = now;
        } finally {
            Arrays.fill(plain, (byte) 0);
        }
    }

    @Override
    public synchronized boolean isDue() {
        if (failedAt != null) {
            return isOlder(failedAt, AFTER_A_FAILURE);
        }
        return writtenAt == null
                || isOlder(writtenAt, AGAIN)
                || !sealer.currentKey().equals(writtenUnder);
    }

    private boolean isOlder(Instant than, Duration age) {
        return Duration.between(than, clock.instant()).abs().compareTo(age) >= 0;
    }
}
