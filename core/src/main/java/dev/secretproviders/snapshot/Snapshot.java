package dev.secretproviders.snapshot;

import dev.secretproviders.resolve.KnownSecret;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What one process knew at a moment.
 *
 * @param boot the machine's boot and its age then, so that time is measured without the wall clock where it can be
 * @param digestKey the key that the digests were made under; wiped on close
 */
record Snapshot(Instant savedAt, String boot, Duration uptime, Secret digestKey, Map<ProviderId, OfProvider> providers)
        implements AutoCloseable {

    /** The secrets of one provider, and what its object was like. */
    record OfProvider(String fingerprint, List<KnownSecret> secrets) {}

    /** Which boot of the machine this is, and for how long it has been up; the id is empty where it cannot be told. */
    record Boot(String id, Duration uptime) {
        static Boot read() {
            try {
                String id = Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                        .strip();
                String seconds = Files.readString(Path.of("/proc/uptime")).split(" ", 2)[0];
                return new Boot(id, Duration.ofMillis((long) (Double.parseDouble(seconds) * 1_000)));
            } catch (IOException | NumberFormatException e) {
                // Not Linux, or hidden: the wall clock has to do.
                return new Boot("", Duration.ZERO);
            }
        }
    }

    /** Returns how much time went by since, at the least: a wall clock that was put back does not make it less. */
    Duration elapsed(Instant now, Boot current) {
        Duration byWall = Duration.between(savedAt, now);
        Duration byBoot =
                !boot.isEmpty() && boot.equals(current.id()) ? current.uptime().minus(uptime) : Duration.ZERO;
        Duration longer = byWall.compareTo(byBoot) > 0 ? byWall : byBoot;
        return longer.isNegative() ? Duration.ZERO : longer;
    }

    /** Returns whether the wall clock stands before the moment of writing, and nothing else tells the time since. */
    boolean fromTheFuture(Instant now, Boot current) {
        return now.isBefore(savedAt) && (boot.isEmpty() || !boot.equals(current.id()));
    }

    @Override
    public void close() {
        digestKey.close();
    }

    @Override
    public String toString() {
        return "Snapshot[" + savedAt + "]";
    }
}
