package dev.secretproviders.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.crypto.RandomSecrets;
import dev.secretproviders.resolve.KnownSecret;
import dev.secretproviders.snapshot.Snapshot.Boot;
import dev.secretproviders.snapshot.Snapshot.SavedProvider;
import dev.secretproviders.spi.ProviderId;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.spi.SecretPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot is read as it was written, from regular files only, and clock changes do not make it younger. */
class SnapshotTest {
    private static final Instant SAVED = Instant.parse("2026-11-23T12:00:00Z");
    private static final Boot SAME_BOOT = new Boot("boot-1", Duration.ofHours(3));
    private static final Boot OTHER_BOOT = new Boot("boot-2", Duration.ofMinutes(1));
    private static final Boot UNKNOWN_BOOT = new Boot("", Duration.ZERO);

    @TempDir
    Path directory;

    private static Snapshot snapshot(String boot, Duration uptime) {
        KeyDigester digester = new KeyDigester();
        byte[] value = {1, 2, 3};
        KnownSecret.Version version = new KnownSecret.Version(
                "version-ä",
                SAVED.minusSeconds(5),
                SAVED,
                Duration.ofMinutes(7),
                List.of(
                        new KnownSecret.Field(null, digester.digest(value, 0, 3), true),
                        new KnownSecret.Field("key", digester.digest(value, 1, 2), false)));
        KnownSecret.Version earlier =
                new KnownSecret.Version("1", null, SAVED.minusSeconds(60), Duration.ofSeconds(3), List.of());
        return new Snapshot(
                SAVED,
                boot,
                uptime,
                RandomSecrets.bytes(32),
                Map.of(
                        new ProviderId("vault", "prod"),
                        new SavedProvider(
                                "fingerprint",
                                List.of(
                                        new KnownSecret(
                                                new SecretPath("a/jack", null, "AWSPREVIOUS"),
                                                null,
                                                false,
                                                Duration.ofSeconds(11),
                                                version,
                                                List.of(earlier)),
                                        new KnownSecret(
                                                SecretPath.current("kate"),
                                                "it was destroyed",
                                                true,
                                                Duration.ZERO,
                                                null,
                                                List.of())))));
    }

    @Test
    void whatIsReadIsWhatWasWritten() throws IOException {
        try (Snapshot written = snapshot("boot-1", Duration.ofHours(1))) {
            byte[] bytes = SnapshotFormat.write(written);
            try (Snapshot read = SnapshotFormat.read(bytes)) {
                assertThat(read.providers()).isEqualTo(written.providers());
                assertThat(read.savedAt()).isEqualTo(SAVED);
                assertThat(read.boot()).isEqualTo("boot-1");
                assertThat(read.uptime()).isEqualTo(Duration.ofHours(1));
                assertThat(read.digestKey().use(byte[]::clone))
                        .isEqualTo(written.digestKey().use(byte[]::clone));
            }
        }
    }

    @Test
    void everyCutAndOtherFormatsAreRefused() throws IOException {
        byte[] bytes;
        try (Snapshot written = snapshot("boot-1", Duration.ofHours(1))) {
            bytes = SnapshotFormat.write(written);
        }
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> SnapshotFormat.read(cut))
                    .as("cut at %s", length)
                    .isInstanceOf(IOException.class);
        }
        bytes[3] = 2;
        assertThatThrownBy(() -> SnapshotFormat.read(bytes))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("format 2");
    }

    @Test
    void timeSinceTheWritingIsTheLongerOfBothClocks() {
        try (Snapshot written = snapshot("boot-1", Duration.ofHours(1))) {
            assertThat(written.elapsed(SAVED.plusSeconds(60), SAME_BOOT))
                    .as("the wall clock was put back")
                    .isEqualTo(Duration.ofHours(2));
            assertThat(written.elapsed(SAVED.minusSeconds(60), SAME_BOOT)).isEqualTo(Duration.ofHours(2));
            assertThat(written.elapsed(SAVED.plus(Duration.ofDays(2)), SAME_BOOT))
                    .isEqualTo(Duration.ofDays(2));
            assertThat(written.elapsed(SAVED.plusSeconds(60), OTHER_BOOT)).isEqualTo(Duration.ofSeconds(60));
            assertThat(written.elapsed(SAVED.minusSeconds(60), OTHER_BOOT)).isZero();
        }
    }

    @Test
    void wallClockBeforeTheWritingTellsNothingUnlessTheMachineWasNotBooted() {
        try (Snapshot written = snapshot("boot-1", Duration.ofHours(1));
                Snapshot nowhere = snapshot("", Duration.ZERO)) {
            assertThat(written.fromTheFuture(SAVED.minusSeconds(1), SAME_BOOT)).isFalse();
            assertThat(written.fromTheFuture(SAVED.minusSeconds(1), OTHER_BOOT)).isTrue();
            assertThat(written.fromTheFuture(SAVED.plusSeconds(1), OTHER_BOOT)).isFalse();
            assertThat(nowhere.fromTheFuture(SAVED.minusSeconds(1), UNKNOWN_BOOT))
                    .isTrue();
        }
    }

    @Test
    void thisMachineTellsItsBootAndForHowLongItIsUp() {
        assertThat(Boot.read().id()).isNotEmpty();
        assertThat(Boot.read().uptime()).isPositive();
    }

    @Test
    void nothingNamesTheDigestKey() {
        try (Snapshot written = snapshot("boot-1", Duration.ofHours(1));
                Secret key = written.digestKey()) {
            assertThat(written.toString()).doesNotContain(key.reveal()).isEqualTo("Snapshot[" + SAVED + "]");
        }
    }

    @Test
    void fileIsReadWithinItsBoundOnly() throws IOException {
        Path path = directory.resolve("data/file");
        SnapshotFile file = new SnapshotFile(path, 100);
        assertThat(file.read()).isNull();
        file.replace(new byte[100]);
        assertThat(file.read()).hasSize(100);
        assertThatThrownBy(() -> file.replace(new byte[101])).hasMessageContaining("101 bytes");
        assertThat(file.read()).as("what was there stays").hasSize(100);
        Files.write(path, new byte[101]);
        assertThatThrownBy(file::read)
                .isInstanceOf(RefusedSnapshotException.class)
                .hasMessageContaining("more than the 100 bytes");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("data"))))
                .isEqualTo("rwx------");
        assertThat(directory.resolve("data").toFile().list()).containsExactly("file");
    }

    @Test
    void onlyARegularFileIsRead() throws IOException {
        Path elsewhere = Files.write(directory.resolve("elsewhere"), new byte[10]);
        Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rw-------"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), elsewhere);
        assertThatThrownBy(() -> new SnapshotFile(link).read())
                .isInstanceOf(RefusedSnapshotException.class)
                .hasMessageContaining("not a regular file");
        assertThatThrownBy(() -> new SnapshotFile(directory).read()).isInstanceOf(RefusedSnapshotException.class);

        new SnapshotFile(link).replace(new byte[5]);
        assertThat(elsewhere).as("never written through").hasSize(10);
        assertThat(link).hasSize(5);
    }
}
