package dev.secretproviders.snapshot;

import dev.secretproviders.resolve.value.KnownSecret;
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
 * The state of one process at one moment.
 *
 * @param boot the machine's boot and uptime at that moment, so that time is measured without the wall clock where
 *     possible
 * @param digestKey the key of the digests; wiped on close
 */
record Snapshot(
        Instant savedAt, String boot, Duration uptime, Secret digestKey, Map<ProviderId, SavedProvider> providers)
        implements AutoCloseable {

    /** The secrets of one provider, and the fingerprint of its object. */
    record SavedProvider(String fingerprint, List<KnownSecret> secrets) {}

    /** The machine's current boot and its uptime; the id is empty if unknown. */
    record Boot(String id, Duration uptime) {
        static Boot read() {
            try {
                String id = Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                        .strip();
                String seconds = Files.readString(Path.of("/proc/uptime")).split(" ", 2)[0];
                return new Boot(id, Duration.ofMillis((long) (Double.parseDouble(seconds) * 1_000)));
            } catch (IOException | NumberFormatException e) {
                // Not Linux, or hidden from the process: the wall clock is used instead.
                return new Boot("", Duration.ZERO);
            }
        }
    }

    /** Returns the least time that has passed since the snapshot; setting the wall clock back does not shorten it. */
    Duration elapsed(Instant now, Boot current) {
        Duration byWall = Duration.between(savedAt, now);
        Duration byBoot =
                !boot.isEmpty() && boot.equals(current.id()) ? current.uptime().minus(uptime) : Duration.ZERO;
        Duration longer = byWall.compareTo(byBoot) > 0 ? byWall : byBoot;
        return longer.isNegative() ? Duration.ZERO : longer;
    }

    /**
     * Returns whether the wall clock is before the time of writing, and the elapsed time cannot be measured otherwise.
     */
    boolean fromTheFuture(Instant now, Boot current) {
        return now.isBefore(savedAt) && (boot.isEmpty() || !boot.equals(current.id()));
    }

    /** Returns whether a value is the hash of a key. */
    boolean holdsHash() {
        return providers.values().stream()
                .flatMap(provider -> provider.secrets().stream())
                .anyMatch(KnownSecret::holdsHash);
    }

    /** Wipes the values of all secrets. */
    void wipeValues() {
        providers.values().forEach(provider -> provider.secrets().forEach(KnownSecret::wipe));
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
