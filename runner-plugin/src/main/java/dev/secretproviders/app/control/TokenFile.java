package dev.secretproviders.app.control;

import dev.secretproviders.crypto.Sealer;
import dev.secretproviders.crypto.UnsealException;
import dev.secretproviders.snapshot.SnapshotFile;
import dev.secretproviders.transport.route.ConfTokens;
import dev.secretproviders.transport.route.TokenFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens that APISIX got for its routes, sealed in one file, so that they stay valid over a restart. Otherwise
 * APISIX would prepare every route again, under one lock. A runner with another keyring cannot read the file. No request
 * depends on it: a token that is not known is asked for again.
 *
 * <p>A thread of its own writes the file, within a second of a new token and of a start that restored some, so that the
 * file says what is valid now. Thread-safe.
 */
final class TokenFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TokenFile.class);
    private static final String LABEL = "conf-tokens";
    /** So that the file says how long the tokens in use are valid. */
    private static final Duration AGAIN = Duration.ofMinutes(5);

    private final SnapshotFile file;
    private final Sealer sealer;
    private final ConfTokens tokens;
    private final InstantSource clock;
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("conf-tokens").factory());
    private long written;
    private @Nullable Instant writtenAt;
    private @Nullable String writtenUnder;
    private boolean failing;

    TokenFile(Path file, Sealer sealer, ConfTokens tokens, InstantSource clock) {
        this.file = new SnapshotFile(file);
        this.sealer = sealer;
        this.tokens = tokens;
        this.clock = clock;
    }

    /** Restores the tokens of the file, if there is one that this keyring can open, and begins to write. */
    void start() {
        read();
        var _ = writer.scheduleWithFixedDelay(this::writeIfDue, 1, 1, TimeUnit.SECONDS);
    }

    private void read() {
        try {
            file.deleteUnfinished();
            byte[] sealed = file.read();
            if (sealed == null) {
                return;
            }
            byte[] plain = sealer.open(LABEL, sealed);
            try {
                tokens.restore(TokenFormat.read(plain, clock.instant()));
            } finally {
                Arrays.fill(plain, (byte) 0);
            }
        } catch (UnsealException | IOException | RuntimeException e) {
            LOG.warn("tokens of an earlier start are not known; APISIX asks for them again: {}", e.getMessage());
        }
    }

    private synchronized void writeIfDue() {
        Instant last = writtenAt;
        boolean due = tokens.changes() != written
                || (last != null
                        && Duration.between(last, clock.instant()).abs().compareTo(AGAIN) >= 0)
                || (last != null && !sealer.currentKey().equals(writtenUnder));
        if (due) {
            write();
        }
    }

    private synchronized void write() {
        try {
            long changes = tokens.changes();
            String key = sealer.currentKey();
            // The time in the file, which the next write is due by.
            Instant now = clock.instant();
            byte[] plain = TokenFormat.write(tokens.known(), now);
            try {
                file.replace(sealer.seal(LABEL, plain));
            } finally {
                Arrays.fill(plain, (byte) 0);
            }
            written = changes;
            writtenAt = now;
            writtenUnder = key;
            failing = false;
        } catch (IOException | RuntimeException e) {
            if (!failing) {
                LOG.warn(
                        "the tokens of routes cannot be written to {}; after a restart APISIX asks for them again: {}",
                        file,
                        e.getClass().getSimpleName());
            }
            failing = true;
        }
    }

    /** Writes the tokens a last time. */
    @Override
    public void close() {
        writer.shutdown();
        if (!tokens.known().isEmpty()) {
            write();
        }
    }
}
